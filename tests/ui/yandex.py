"""A stand-in for SmartCaptcha: its widget in a few lines, and its validation."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

HOST, TOKEN = "lk.example.ru", "token-1"
GOOD = {"status": "ok", "message": "", "host": HOST}
WIDGET = """
const home = new URL(document.currentScript.src).origin;
for (const place of document.querySelectorAll(".smart-captcha[data-sitekey]")) {
  const frame = document.createElement("iframe");
  frame.src = `${home}/frame`;
  frame.title = "SmartCaptcha";
  frame.onload = () => {
    const answer = Object.assign(document.createElement("input"), { type: "hidden", name: "smart-token", value: "%s" });
    place.append(answer);
  };
  place.append(frame);
}
"""
PAGES = {
    "/captcha.js": ("text/javascript", (WIDGET % TOKEN).encode()),
    "/frame": ("text/html", "<!doctype html><title>Я не робот</title>Решено".encode()),
}


class Yandex:
    """Answers as told and remembers what it was asked."""

    def __init__(self):
        self.asked, self.answer, self.status, self.pause = [], GOOD, 200, 0.0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.asked.append((self.path, dict(parse_qsl(body))))
                time.sleep(outer.pause)
                content = json.dumps(outer.answer).encode()
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_GET(self):
                kind, content = PAGES[self.path]
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

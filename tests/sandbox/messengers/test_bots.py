"""The stand-in as a client sees it that knows nothing of our connectors."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlencode, urlsplit

import pytest

from sandbox.messengers.books import Bot
from sandbox.messengers.people import PEOPLE
from sandbox.messengers.server import Sandbox

TOKENS = {"telegram": "1:secret", "max": "of-max"}
KSENIA = PEOPLE[5001]


@pytest.fixture(scope="module")
def running():
    with Sandbox([Bot(name, "a_bot", token) for name, token in TOKENS.items()]) as it:
        yield it


@pytest.fixture
def sandbox(running):
    running.forget()
    running.books.hooks.clear()
    return running


@pytest.fixture
def owner():
    """The bot's owner: takes news and keeps it with its headers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.news.append((dict(self.headers), json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.news = []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    yield server
    server.shutdown()
    server.server_close()


def request(sandbox, verb, path, body=None, **headers):
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    try:
        connection.request(verb, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.headers)
    finally:
        connection.close()


def telegram(sandbox, method, token="1:secret", **fields):  # noqa: S107 -- the stand-in's own
    told = request(sandbox, "POST", f"/bot{token}/{method}", json.dumps(fields))
    return told[0], json.loads(told[1])


def of_max(sandbox, verb, path, token="of-max", **fields):  # noqa: S107 -- the stand-in's own
    body = json.dumps(fields) if fields else None
    told = request(sandbox, verb, path, body, Authorization=token)
    return told[0], json.loads(told[1])


def test_telegram_answers_as_its_documents_say(sandbox):
    assert telegram(sandbox, "getMe")[1]["result"]["username"] == "a_bot"
    assert telegram(sandbox, "getMe", token="2:other") == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )
    assert telegram(sandbox, "getUpdates")[0] == 404
    assert telegram(sandbox, "sendMessage", chat_id=5001, text="Да")[0] == 403
    sandbox.start("telegram", KSENIA)

    status, told = telegram(sandbox, "sendMessage", chat_id=5001, text="Да")

    assert (status, told["ok"], told["result"]["text"]) == (200, True, "Да")
    assert telegram(sandbox, "sendMessage", chat_id=5001, text=" ")[0] == 400
    assert telegram(sandbox, "sendMessage", chat_id=5001, text="x" * 4097)[0] == 400
    assert telegram(sandbox, "sendMessage", chat_id=1, text="Да")[1]["description"].endswith(
        "chat not found"
    )
    sandbox.stop_bot("telegram", KSENIA)
    assert (
        "blocked by the user"
        in telegram(sandbox, "sendMessage", chat_id=5001, text="Да")[1]["description"]
    )


def test_max_answers_as_its_documents_say(sandbox):
    assert of_max(sandbox, "GET", "/me")[1]["is_bot"]
    assert of_max(sandbox, "GET", "/me", token="other")[0] == 401
    assert of_max(sandbox, "DELETE", "/messages")[0] == 404
    assert of_max(sandbox, "POST", "/messages?user_id=5001", text="Да")[0] == 404
    sandbox.start("max", KSENIA)

    status, told = of_max(sandbox, "POST", "/messages?user_id=5001", text="Да")

    assert (status, told["message"]["body"]["text"]) == (200, "Да")
    assert of_max(sandbox, "POST", "/messages?user_id=5001", text="")[0] == 400
    sandbox.stop_bot("max", KSENIA)
    assert of_max(sandbox, "POST", "/messages?user_id=5001", text="Да") == (
        403,
        {"code": "chat.denied", "message": "error.dialog.suspended"},
    )


def test_telegram_brings_news_to_the_hook_with_the_secret(sandbox, owner):
    url = f"http://127.0.0.1:{owner.server_port}/hook"
    assert telegram(sandbox, "setWebhook", url=url, secret_token="s3cret")[1]["ok"]
    assert telegram(sandbox, "getWebhookInfo")[1]["result"]["url"] == url
    assert not telegram(sandbox, "setWebhook", url="http://example.ru/")[1]["ok"]

    assert sandbox.start("telegram", KSENIA, "payload-1") == 200
    assert sandbox.stop_bot("telegram", KSENIA) == 200

    (headers, first), (_, second) = owner.news
    assert headers["X-Telegram-Bot-Api-Secret-Token"] == "s3cret"
    assert (first["message"]["text"], first["message"]["chat"]["type"]) == (
        "/start payload-1",
        "private",
    )
    assert second["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert second["update_id"] > first["update_id"]


def test_max_brings_news_to_the_hook_with_the_secret(sandbox, owner):
    url = f"http://127.0.0.1:{owner.server_port}/hook"
    assert of_max(sandbox, "POST", "/subscriptions", url=url, secret="s3cret")[1]["success"]
    assert of_max(sandbox, "GET", "/subscriptions")[1] == {"subscriptions": [{"url": url}]}
    assert not of_max(sandbox, "POST", "/subscriptions", url="http://example.ru/")[1]["success"]

    sandbox.start("max", KSENIA, "payload-1")
    sandbox.stop_bot("max", KSENIA)

    (headers, first), (_, second) = owner.news
    assert headers["X-Max-Bot-Api-Secret"] == "s3cret"
    assert (first["update_type"], first["payload"]) == ("bot_started", "payload-1")
    assert (first["user"]["user_id"], second["update_type"]) == (5001, "bot_stopped")


def test_news_that_nobody_takes_is_no_trouble(sandbox):
    assert sandbox.start("telegram", KSENIA) == 0
    telegram(sandbox, "setWebhook", url="http://127.0.0.1:9/", secret_token="s")

    assert sandbox.start("telegram", KSENIA) == 0
    assert sandbox.books.brought == [("telegram", 0)]


@pytest.mark.parametrize("name", ["telegram", "max"])
def test_the_persons_page_starts_and_stops_the_bot(sandbox, name):
    page = request(sandbox, "GET", f"/{name}/a_bot?start=abc")[1]
    assert 'name="start" value="abc"' in page
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    body = urlencode({"start": "abc", "person": 5001})
    status, _, headers = request(sandbox, "POST", f"/{name}/a_bot/start", body, **form)

    assert (status, headers["Location"]) == (303, f"/{name}/a_bot/5001")
    assert sandbox.books.has_started(name, 5001)
    assert "Остановить бота" in request(sandbox, "GET", f"/{name}/a_bot/5001")[1]
    request(sandbox, "POST", f"/{name}/a_bot/stop", urlencode({"person": 5001}), **form)
    assert "Запустить бота снова" in request(sandbox, "GET", f"/{name}/a_bot/5001")[1]


def test_pages_that_are_not_there_say_so(sandbox):
    for path in ("/icq/a_bot", "/telegram/other_bot", "/telegram/a_bot/77", "/telegram/a_bot/x"):
        assert request(sandbox, "GET", path)[0] == 404
    assert request(sandbox, "POST", "/telegram/a_bot/start", "person=77")[0] == 404
    assert request(sandbox, "GET", "/", Host="evil.example")[0] == 421
    assert "a_bot" in request(sandbox, "GET", "/")[1]


def test_what_the_bot_writes_breaks_no_page(sandbox):
    sandbox.start("max", KSENIA, "<b>")
    of_max(sandbox, "POST", "/messages?user_id=5001", text="<script>alert(1)</script>\nДа")

    page = request(sandbox, "GET", "/max/a_bot/5001")[1]
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>Да" in page
    assert "<b>" not in request(sandbox, "GET", "/max/a_bot?start=%3Cb%3E")[1].split("<ul")[0]


def test_the_interface_for_tests(sandbox):
    headers = {"Content-Type": "application/json"}
    sandbox.start("max", KSENIA)
    (row,) = json.loads(request(sandbox, "GET", "/control/messages")[1])
    assert (row["messenger"], row["person"], row["is_from_bot"]) == ("max", 5001, False)
    hook = json.dumps({"url": "http://127.0.0.1:9/", "secret": "s"})
    assert request(sandbox, "POST", "/control/hook/max", hook, **headers)[0] == 200
    fault = json.dumps({"kind": "status", "place": "max"})
    request(sandbox, "POST", "/control/faults", fault, **headers)

    assert request(sandbox, "GET", "/me", Authorization="of-max")[0] == 503
    assert request(sandbox, "POST", "/control/reset", "{}")[0] == 415
    assert request(sandbox, "POST", "/control/reset", "{}", **headers)[0] == 200
    assert sandbox.books.all() == []
    assert request(sandbox, "POST", "/control/other", "{}", **headers)[0] == 404


def test_the_program_starts_from_the_command_line_and_stops_when_asked():
    line = [sys.executable, "-m", "sandbox.messengers", "--port", "0"]
    line += ["--bot", "telegram:a_bot=1:to=ken", "--hook", "telegram:s=http://127.0.0.1:9/?a=b"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as program:
        address = program.stdout.readline().split()[-1]
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
        connection.request("POST", "/bot1:to=ken/getWebhookInfo", "{}")
        told = json.load(connection.getresponse())
        connection.close()
        os.kill(program.pid, signal.SIGTERM)

    assert told["result"]["url"] == "http://127.0.0.1:9/?a=b"
    assert program.returncode == 0


def test_words_that_say_nothing_are_refused():
    line = [sys.executable, "-m", "sandbox.messengers", "--bot", "icq:a=b"]

    done = subprocess.run(line, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "telegram или max" in done.stderr

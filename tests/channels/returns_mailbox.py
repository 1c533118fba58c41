"""A mailbox for tests: as much of IMAP4rev1 as reading unread letters takes, over TLS with an authority of its own."""

from __future__ import annotations

import datetime as dt
import re
import socketserver
import ssl
import threading
from contextlib import contextmanager

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "returns", "tajna"
FETCH = re.compile(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)")
STORE = re.compile(r"UID STORE (\d+) \+FLAGS\.SILENT \(\\Seen\)")


class Mailbox(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Session)
        self.letters: list[bytes] = []
        self.seen: set[int] = set()
        self.breaks_at = ""
        self.ca_file = folder / "authority.pem"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_certificate(self.ca_file))
        self.socket = context.wrap_socket(self.socket, server_side=True)


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, command = line.split(" ", 1)
            if self.server.breaks_at and self.server.breaks_at in command:
                return
            self.say(f"{tag} {self.answer(command)} done")

    def answer(self, command):
        if command == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1")
        elif command.startswith("LOGIN"):
            return "OK" if command == f'LOGIN {USER} "{PASSWORD}"' else "NO wrong"
        elif command.startswith("SELECT"):
            return "OK" if "INBOX" in command else "NO such folder"
        elif command == "UID SEARCH UNSEEN":
            unseen = [
                str(n) for n in range(1, len(self.server.letters) + 1) if n not in self.server.seen
            ]
            self.say(" ".join(["* SEARCH", *unseen]))
        elif asked := FETCH.fullmatch(command):
            letter = self.server.letters[int(asked[1]) - 1][: int(asked[2])]
            self.say(f"* {asked[1]} FETCH (UID {asked[1]} BODY[]<0> {{{len(letter)}}}")
            self.wfile.write(letter)
            self.say(")")
        elif asked := STORE.fullmatch(command):
            self.server.seen.add(int(asked[1]))
        else:
            return "BAD"
        return "OK"

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def running_mailbox(folder):
    with Mailbox(folder) as mailbox:
        threading.Thread(target=mailbox.serve_forever, args=(0.02,), daemon=True).start()
        yield mailbox
        mailbox.shutdown()


def _certificate(file):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, pkcs8, plain))
    return file

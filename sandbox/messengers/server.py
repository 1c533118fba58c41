"""HTTP around both bots' interfaces, the person's pages and /control/, on this machine only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, ClassVar

from sandbox import serving
from sandbox.faults import Fault, Faults
from sandbox.messengers import courier, maxbot, pages, telegram
from sandbox.messengers.books import Books, Bot, Hook
from sandbox.messengers.people import PEOPLE, Person
from sandbox.serving import NotThere, Served, read_fields, read_json

REFRESH = {"Refresh": "3"}
NEWS = {telegram.NAME: telegram, maxbot.NAME: maxbot}


class MessengerFault(Fault):
    PLACES: ClassVar[frozenset[str]] = frozenset(NEWS)


class Sandbox(Served):
    """Both messengers and their server; ``with Sandbox(bots) as it: it.url``."""

    def __init__(self, bots: Iterable[Bot], *, port: int = 0) -> None:
        self.books = Books(bots)
        self.faults: Faults[MessengerFault] = Faults(MessengerFault)
        super().__init__(port, Handler)

    def forget(self) -> None:
        self.books.forget()
        self.faults.clear()

    def start(self, messenger: str, person: Person, payload: str = "") -> int:
        """Press «Start»; gives how the bot's owner answered the news."""
        words = f"/start {payload}".strip() if messenger == telegram.NAME else "Начать"
        self.books.start(messenger, person.number)
        self.books.write(messenger, person.number, words, is_from_bot=False)
        return courier.bring(
            self.books, messenger, NEWS[messenger].started(self.books, person, payload)
        )

    def stop_bot(self, messenger: str, person: Person) -> int:
        self.books.stop(messenger, person.number)
        return courier.bring(self.books, messenger, NEWS[messenger].stopped(self.books, person))


class Handler(serving.Handler):
    files = serving.static_files(__file__, "talk.css", "icon.svg")

    def answer(self, verb: str, path: str, body: bytes) -> None:
        head, _, rest = path.strip("/").partition("/")
        if head.startswith("bot") and rest and verb == "POST":
            self._telegram(head.removeprefix("bot"), rest, body)
        elif path.strip("/") in maxbot.METHODS:
            self._max(verb, path.strip("/"), body)
        elif head == "control":
            self.control(_control, verb, path, body)
        elif not self.has_sent_file(verb, path):
            self._page(verb, path, body)

    def _telegram(self, token: str, method: str, body: bytes) -> None:
        if self.misbehave(self.server.sandbox.faults.take(telegram.NAME)):
            return
        self.json(*telegram.answer(self.server.sandbox.books, token, method, read_json(body)))

    def _max(self, verb: str, method: str, body: bytes) -> None:
        if self.misbehave(self.server.sandbox.faults.take(maxbot.NAME)):
            return
        token = self.headers.get("Authorization", "")
        told = maxbot.answer(
            self.server.sandbox.books, token, (verb, method), self.query(), read_json(body)
        )
        self.json(*told)

    def _page(self, verb: str, path: str, body: bytes) -> None:
        sandbox = self.server.sandbox
        messenger, name, *rest = [*path.strip("/").split("/"), "", ""][:4]
        bot = sandbox.books.bots.get(messenger)
        if path == "/" and verb == "GET":
            self.html(200, pages.front(sandbox.books))
        elif bot is None or name != bot.name:
            self.html(404, pages.lost())
        elif verb == "POST" and rest[0] in ("start", "stop"):
            self._do(messenger, rest[0], read_fields(body.decode()))
        elif verb == "GET" and rest[0] == "":
            self.html(200, pages.bot(sandbox.books, messenger, self.query().get("start", "")))
        elif verb == "GET" and (person := _person(rest[0])):
            self.html(200, pages.talk(sandbox.books, messenger, person), REFRESH)
        else:
            self.html(404, pages.lost())

    def _do(self, messenger: str, deed: str, fields: dict[str, str]) -> None:
        sandbox, person = self.server.sandbox, _person(fields.get("person", ""))
        if person is None:
            self.html(404, pages.lost())
            return
        if deed == "start":
            sandbox.start(messenger, person, fields.get("start", ""))
        else:
            sandbox.stop_bot(messenger, person)
        self.go(f"/{messenger}/{sandbox.books.bots[messenger].name}/{person.number}")


def _person(told: str) -> Person | None:
    return PEOPLE.get(int(told)) if told.isdigit() and told.isascii() else None


def _control(sandbox: Sandbox, verb: str, path: list[str], fields: dict[str, Any]) -> Any:
    """For tests: ``GET /control/messages``, ``POST /control/reset``, ``/control/faults``, ``/control/hook``."""
    match (verb, path):
        case ("GET", ["messages"]):
            return [asdict(row) for row in sandbox.books.all()]
        case ("POST", ["reset"]):
            sandbox.forget()
            return {}
        case ("POST", ["faults"]):
            sandbox.faults.add(fields)
            return {}
        case ("POST", ["hook", messenger]) if messenger in NEWS:
            sandbox.books.hooks[messenger] = Hook(fields["url"], fields["secret"])
            return {}
        case _:
            raise NotThere

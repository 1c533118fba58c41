"""HTTP around both services: their addresses, the person's pages and /control/, on this machine only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox import serving
from sandbox.faults import Faults
from sandbox.serving import Fields, NotThere, Served, read_fields
from sandbox.social import pages
from sandbox.social.faults import ServiceFault
from sandbox.social.memory import Memory, Refusal
from sandbox.social.people import PEOPLE
from sandbox.social.services import VK, YANDEX, Client, Service, vk_user, yandex_user

# The real services live under names of their own; here a folder tells them apart.
AUTHORIZE = {"/vk/authorize": VK, "/yandex/authorize": YANDEX}
TOKEN = {"/vk/oauth2/auth": VK, "/yandex/token": YANDEX}
VK_PERSON, YANDEX_PERSON = "/vk/oauth2/user_info", "/yandex/info"


class Sandbox(Served):
    """Both services and their server; ``with Sandbox(clients) as it: it.url``."""

    def __init__(self, clients: Iterable[Client], *, port: int = 0) -> None:
        self.faults, self.memory = Faults(ServiceFault), Memory(clients)
        super().__init__(port, Handler)


class Handler(serving.Handler):
    files = serving.static_files(__file__, "page.css", "icon.svg")

    def answer(self, verb: str, path: str, body: bytes) -> None:
        form = read_fields(body.decode(errors="replace"))
        if path.startswith("/control/"):
            self.control(_control, verb, path, body)
        elif verb == "GET" and path in AUTHORIZE:
            self._authorize(AUTHORIZE[path])
        elif verb == "POST" and path in TOKEN:
            self._token(TOKEN[path], form)
        elif (verb, path) in {("POST", VK_PERSON), ("GET", YANDEX_PERSON)}:
            self._person(VK if verb == "POST" else YANDEX, form)
        elif (verb, path) == ("POST", "/choose"):
            self._chosen(form)
        elif (verb, path) == ("GET", "/"):
            self.html(200, pages.front())
        elif not self.has_sent_file(verb, path):
            self.html(404, pages.lost())

    # --- between client systems and the services ---

    def _authorize(self, service: Service) -> None:
        memory = self.server.sandbox.memory
        try:
            name = memory.begin(service, self.query())
        except Refusal as refusal:
            self.html(400, pages.refused(refusal))
            return
        ticket = memory.ticket(name)
        if ticket is not None:
            self.html(200, pages.sign_in(name, ticket))

    def _token(self, service: Service, form: Fields) -> None:
        try:
            answer = self.server.sandbox.memory.exchange(service, form)
        except Refusal as refusal:
            told = {"error": refusal.error, "error_description": refusal.description}
            # VK answers 200 to what it refuses
            self._reply("token", 200 if service is VK else 400, told)
        else:
            self._reply("token", 200, answer)

    def _person(self, service: Service, form: Fields) -> None:
        kind, _, marker = self.headers.get("Authorization", "").partition(" ")
        if service is VK:
            marker = form.get("access_token", "")
        grant = self.server.sandbox.memory.reader(service, marker)
        if grant is None or (service is YANDEX and kind != "OAuth"):
            self._reply("person", 401, {"error": "invalid_token"})
        elif service is VK:
            self._reply("person", 200, vk_user(grant.person, grant.ticket.scopes))
        else:
            scopes, client = grant.ticket.scopes, grant.ticket.client
            self._reply("person", 200, yandex_user(grant.person, scopes, client))

    def _reply(self, place: str, status: int, content: dict[str, Any]) -> None:
        """Answer, or do the wrong thing where one is ahead."""
        fault = self.server.sandbox.faults.take(place)
        if not self.misbehave(fault):
            self.json(status, content | ((fault.fields or {}) if fault else {}))

    # --- the person's pages ---

    def _chosen(self, form: Fields) -> None:
        """Somebody has been chosen on the sign-in page, or nobody."""
        memory, name, number = (
            self.server.sandbox.memory,
            form.get("ticket", ""),
            form.get("person", ""),
        )
        if "refuse" in form:
            address = memory.refuse(name)
        else:
            person = PEOPLE.get(int(number)) if number.isascii() and number.isdigit() else None
            address = memory.sign_in(name, person) if person else None
        if address:
            self.go(address)
        else:
            self.html(404, pages.lost())


def _control(sandbox: Sandbox, verb: str, path: list[str], fields: dict[str, Any]) -> Any:
    """For tests: ``POST /control/faults`` with one fault, ``POST /control/reset``."""
    match (verb, path):
        case ("POST", ["faults"]):
            sandbox.faults.add(fields)
        case ("POST", ["reset"]):
            sandbox.faults.clear()
            sandbox.memory.forget()
        case _:
            raise NotThere
    return {}

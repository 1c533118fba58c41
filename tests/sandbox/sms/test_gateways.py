"""The stand-in as a client sees it that knows nothing of our connectors."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import subprocess
import sys
from urllib.parse import quote, urlencode, urlsplit

import pytest

from sandbox.sms.books import Books
from sandbox.sms.fates import TEST_NUMBERS
from sandbox.sms.server import Sandbox

LOGIN, SECRET = "shop", "s3cret"
PHONE = "79123456789"


@pytest.fixture(scope="module")
def running():
    accounts = [(LOGIN, SECRET)]
    with Sandbox(smsc=accounts, smsaero=accounts, books=Books(delay=0.0), slowness=0.1) as it:
        yield it


@pytest.fixture
def sandbox(running):
    running.forget()
    running.books.delay = 0.0
    return running


def request(sandbox, verb, path, body=None, **headers):
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    try:
        connection.request(verb, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    finally:
        connection.close()


def smsc(sandbox, name, **fields):
    form = {"login": LOGIN, "psw": SECRET, "fmt": "3", "charset": "utf-8", **fields}
    return json.loads(request(sandbox, "POST", f"/sys/{name}", urlencode(form))[1])


def aero(sandbox, name, fields, secret=SECRET):
    key = base64.b64encode(f"{LOGIN}:{secret}".encode()).decode()
    status, body, _ = request(
        sandbox, "POST", f"/v2/{name}", json.dumps(fields), Authorization=f"Basic {key}"
    )
    return status, json.loads(body)


def texts(sandbox):
    return [row["text"] for row in json.loads(request(sandbox, "GET", "/control/messages")[1])]


class TestSmsc:
    def test_a_message_is_taken_under_the_clients_number_and_arrives(self, sandbox):
        assert smsc(sandbox, "send.php", phones=PHONE, mes="Привет", id="77") == {
            "id": 77,
            "cnt": 1,
        }
        assert smsc(sandbox, "status.php", phone=PHONE, id="77")["status"] == 1
        assert texts(sandbox) == ["Привет"]

    def test_without_a_charset_cyrillic_arrives_broken(self, sandbox):
        form = {"login": LOGIN, "psw": SECRET, "phones": PHONE, "mes": "Привет"}
        status, body, _ = request(sandbox, "POST", "/sys/send.php", urlencode(form))

        assert (status, body.startswith("OK - 1 SMS, ID - ")) == (200, True)
        assert texts(sandbox) == ["РџСЂРёРІРµС‚"]

    def test_a_get_in_windows_1251_is_read(self, sandbox):
        text = quote("Привет", encoding="windows-1251")
        request(
            sandbox, "GET", f"/sys/send.php?login={LOGIN}&psw={SECRET}&phones={PHONE}&mes={text}"
        )

        assert texts(sandbox) == ["Привет"]

    def test_a_long_text_is_counted_in_parts(self, sandbox):
        assert smsc(sandbox, "send.php", phones=PHONE, mes="ы" * 70)["cnt"] == 1
        assert smsc(sandbox, "send.php", phones=PHONE, mes="ы" * 71)["cnt"] == 2

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"psw": "wrong"}, 2),
            ({"mes": ""}, 1),
            ({"valid": "soon"}, 1),
            ({"phones": "+7 912 345-67-89"}, 7),
            ({"phones": "79990000004"}, 7),
            ({"phones": "79990000005"}, 8),
            ({"phones": "79990000006"}, 3),
            ({"phones": "79990000007"}, 6),
        ],
    )
    def test_each_refusal_has_its_code_and_takes_nothing(self, sandbox, fields, code):
        told = smsc(sandbox, "send.php", **{"phones": PHONE, "mes": "Привет", **fields})

        assert told["error_code"] == code
        assert texts(sandbox) == []

    def test_the_same_text_twice_in_a_minute_is_a_duplicate(self, sandbox):
        smsc(sandbox, "send.php", phones=PHONE, mes="Привет")

        assert smsc(sandbox, "send.php", phones=PHONE, mes="Привет")["error_code"] == 9
        assert "id" in smsc(sandbox, "send.php", phones=PHONE, mes="Другой")
        assert len(texts(sandbox)) == 2

    def test_statuses_of_many_come_as_a_list(self, sandbox):
        phones = [PHONE, "79990000001", "79990000002", "79990000003"]
        for number, phone in enumerate(phones, 1):
            smsc(sandbox, "send.php", phones=phone, mes="Привет", id=str(number))

        told = smsc(sandbox, "status.php", phone=f"{','.join(phones)},{PHONE}", id="1,2,3,4,9")

        assert [(row["id"], row["status"]) for row in told] == [
            (1, 1),
            (2, 20),
            (3, 3),
            (4, 0),
            (9, -3),
        ]
        assert smsc(sandbox, "status.php", phone=PHONE, id="9")["error_code"] == 3
        assert len(smsc(sandbox, "status.php", phone=f"{PHONE},", id="1,")) == 1

    def test_a_message_under_way_waits(self, sandbox):
        sandbox.books.delay = 60.0
        smsc(sandbox, "send.php", phones=PHONE, mes="Привет", id="5")

        assert smsc(sandbox, "status.php", phone=PHONE, id="5")["status"] == -1


class TestSmsAero:
    SMS = {"number": PHONE, "text": "Привет", "sign": "KABINET"}

    def test_a_message_gets_a_number_and_arrives(self, sandbox):
        status, told = aero(sandbox, "sms/send", self.SMS)
        assert (status, told["success"], told["data"]["text"]) == (200, True, "Привет")

        _, later = aero(sandbox, "sms/status", {"id": told["data"]["id"]})

        assert (later["data"]["status"], later["data"]["extendStatus"]) == (1, "delivery")

    def test_the_list_finds_a_text_to_a_number(self, sandbox):
        aero(sandbox, "sms/send", self.SMS)
        aero(sandbox, "sms/send", {**self.SMS, "text": "Другой"})

        _, told = aero(sandbox, "sms/list", {"number": PHONE, "text": "Привет"})

        assert (told["data"]["0"]["text"], told["data"]["totalCount"]) == ("Привет", "1")

    @pytest.mark.parametrize(
        ("fields", "status", "where"),
        [
            ({"number": "123"}, 400, "number"),
            ({"number": "79990000004"}, 400, "number"),
            ({"text": ""}, 400, "text"),
            ({"sign": ""}, 400, "sign"),
            ({"number": "79990000006"}, 402, None),
            ({"number": "79990000007"}, 200, None),
        ],
    )
    def test_refusals_take_nothing(self, sandbox, fields, status, where):
        got, told = aero(sandbox, "sms/send", {**self.SMS, **fields})

        assert (got, told["success"], texts(sandbox)) == (status, False, [])
        assert where is None or list(told["data"]) == [where]

    def test_a_wrong_key_is_not_let_in(self, sandbox):
        status, told = aero(sandbox, "sms/send", self.SMS, secret="wrong")

        assert (status, told["success"], texts(sandbox)) == (401, False, [])
        assert request(sandbox, "POST", "/v2/auth", "{}")[0] == 401
        assert aero(sandbox, "auth", {})[0] == 200
        assert aero(sandbox, "nothing", {})[0] == 404


class TestTelephones:
    def test_an_owner_reads_what_arrived_and_not_what_was_lost(self, sandbox):
        smsc(sandbox, "send.php", phones=PHONE, mes="<b>Код</b>\n482913", sender="KABINET")
        smsc(sandbox, "send.php", phones="79990000002", mes="Потерянный код 111111")

        page, headers = request(sandbox, "GET", f"/phone/{PHONE}")[1:]
        lost = request(sandbox, "GET", "/phone/79990000002")[1]
        front = request(sandbox, "GET", "/")[1]

        assert "&lt;b&gt;Код&lt;/b&gt;<br>482913" in page
        assert "KABINET" in page
        assert (headers["Refresh"], "<script" in page, "style=" in page) == ("5", False, False)
        assert ("111111" in lost, "телефон выключен" in lost) == (False, True)
        assert "+7\N{NO-BREAK SPACE}912\N{NO-BREAK SPACE}345-67-89" in front
        assert all(one.words in front for one in TEST_NUMBERS)

    def test_strange_requests_get_nothing(self, sandbox):
        smsc(sandbox, "send.php", phones=PHONE, mes="Привет")

        assert request(sandbox, "GET", "/control/messages", Host="evil.example")[0] == 421
        assert request(sandbox, "POST", "/control/reset", "{}")[0] == 415
        assert request(sandbox, "GET", "/phone/..%2f..")[0] == 404
        assert request(sandbox, "POST", "/sys/send.php", "x" * 70_000)[0] == 413
        assert request(sandbox, "POST", "/")[0] == 405
        assert texts(sandbox) == ["Привет"]

    def test_broken_numbers_break(self, sandbox):
        with pytest.raises(http.client.RemoteDisconnected):
            smsc(sandbox, "send.php", phones="79990000008", mes="Привет", id="3")
        assert texts(sandbox) == ["Привет"]
        assert smsc(sandbox, "send.php", phones="79990000008", mes="Ещё") == {"id": 4, "cnt": 1}
        form = urlencode({"phones": "79990000010"})
        assert request(sandbox, "POST", "/sys/send.php", form)[0] == 500


@pytest.mark.slow
def test_it_runs_as_a_program_and_remembers(tmp_path):
    books = tmp_path / "sms.json"
    command = [sys.executable, "-m", "sandbox.sms", "--port", "0", "--smsc", f"{LOGIN}:{SECRET}"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--file", str(books)], stdout=subprocess.PIPE, text=True, env=environment
    ) as program:
        try:
            program.url = program.stdout.readline().rpartition(" ")[2].strip()
            assert smsc(program, "send.php", phones=PHONE, mes="Привет", id="8")["id"] == 8
        finally:
            program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=10) == 0

    assert [sms.text for sms in Books(file=books).all()] == ["Привет"]

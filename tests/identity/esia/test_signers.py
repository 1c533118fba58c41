"""Who signs for us: RSA in the process, or a program; and whether the settings fit together."""

from __future__ import annotations

import sys
import textwrap

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.contrib.messages import get_messages
from django.core.checks import run_checks
from django.urls import reverse

from kabinet.identity.esia import signers
from sandbox.esia import keys
from sandbox.esia.people import VERA
from tests.identity.esia.visitor import Visitor
from tests.sandbox.esia import client as stand_in

pytestmark = pytest.mark.django_db
OUR_FAULT = "не работает по нашей вине"


def program(tmp_path, body):
    """A command of the installation, as GOST signing would be one."""
    path = tmp_path / "sign.py"
    path.write_text(textwrap.dedent(body))
    return [sys.executable, str(path)]


@pytest.fixture
def by_command(settings, tmp_path, gosuslugi):
    """The same RSA signature, made outside."""
    (tmp_path / "client.key").write_bytes(keys.private_pem(stand_in.client_key()))
    settings.ESIA_SIGNER, settings.ESIA_KEY = "command", ""
    settings.ESIA_SIGN_COMMAND = program(
        tmp_path,
        f"""
        import sys
        from pathlib import Path
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
        key = load_pem_private_key(Path({str(tmp_path / "client.key")!r}).read_bytes(), None)
        text = sys.stdin.buffer.read()
        sys.stdout.buffer.write(key.sign(text, PKCS1v15(), hashes.SHA256()))
        """,
    )


@pytest.mark.usefixtures("by_command")
def test_a_program_signs_what_it_reads(proved):
    assert Visitor().sign_in(VERA).content == b"proved"


@pytest.mark.parametrize(
    "body",
    [
        "import sys; sys.stderr.write('нет ключа'); sys.exit(1)",
        "import sys; sys.stdout.write('half'); sys.exit(1)",
        "pass",
        "import time; time.sleep(30)",
    ],
    ids=["refuses", "refuses with half a signature", "says nothing", "hangs"],
)
@pytest.mark.usefixtures("by_command")
def test_a_program_that_fails_sends_nobody_anywhere(settings, tmp_path, monkeypatch, body):
    assert "client_secret=" in Visitor().begin()
    monkeypatch.setattr(signers, "COMMAND_SECONDS", 0.5)
    settings.ESIA_SIGN_COMMAND = program(tmp_path, body)
    visitor = Visitor()

    response = visitor.client.post(reverse("esia_login"))

    assert (response.status_code, response.url) == (302, reverse("account_login"))
    (message,) = get_messages(response.wsgi_request)
    assert OUR_FAULT in str(message)


@pytest.mark.usefixtures("gosuslugi")
def test_a_program_that_is_not_there_or_a_broken_key_is_our_own_fault(settings):
    def refusal():
        response = Visitor().client.post(reverse("esia_login"))
        return "".join(str(one) for one in get_messages(response.wsgi_request))

    settings.ESIA_KEY = "not a key"
    assert OUR_FAULT in refusal()
    settings.ESIA_SIGNER, settings.ESIA_SIGN_COMMAND = "command", ["/nowhere/at/all"]
    assert OUR_FAULT in refusal()


def test_what_a_visitor_sends_is_no_argument_of_the_program(settings, tmp_path, gosuslugi):
    """The command's list is the operator's; the text goes in by its input, whatever it holds."""
    settings.ESIA_SIGNER = "command"
    told = tmp_path / "told"
    settings.ESIA_SIGN_COMMAND = program(
        tmp_path, f"import sys; open({str(told)!r}, 'w').write(str(sys.argv[1:])); print('x')"
    )

    Visitor().begin(next="/;touch x")

    assert told.read_text() == "[]"
    assert not (tmp_path / "x").exists()


# --- the settings ---


def problems():
    return sorted(message.id for message in run_checks() if message.id.startswith("esia."))


@pytest.mark.usefixtures("flavour")
def test_a_whole_configuration_is_accepted():
    assert problems() == []
    # The stand-in has no https; only a deployment is warned.
    assert [
        message.id
        for message in run_checks(include_deployment_checks=True)
        if message.id.startswith("esia.")
    ] == ["esia.W001"]


def test_nothing_is_asked_for_where_gosuslugi_are_not_wanted():
    assert problems() == []


@pytest.mark.parametrize(
    ("way", "name", "value", "found"),
    [
        ("raw rsa", "ESIA_PUBLIC_KEY", "", "esia.E001"),
        ("raw rsa", "ESIA_KEY", "", "esia.E001"),
        ("raw rsa", "ESIA_CERTIFICATE_HASH", "", "esia.E001"),
        ("pkcs7 rsa", "ESIA_CERTIFICATE", "", "esia.E001"),
        ("raw command", "ESIA_SIGN_COMMAND", [], "esia.E001"),
        ("raw rsa", "ESIA_SCOPE", ["fullname"], "esia.E002"),
        ("raw rsa", "ESIA_PUBLIC_KEY", "-----BEGIN", "esia.E003"),
        ("raw rsa", "ESIA_KEY", "-----BEGIN", "esia.E003"),
        ("pkcs7 rsa", "ESIA_CERTIFICATE", "-----BEGIN CERTIFICATE", "esia.E003"),
        ("raw command", "ESIA_SIGN_COMMAND", ["/nowhere/at/all"], "esia.E004"),
    ],
)
def test_half_a_configuration_is_refused(gosuslugi, settings, way, name, value, found):
    settings.ESIA_FLAVOUR, settings.ESIA_SIGNER = way.split()
    settings.ESIA_SIGN_COMMAND = [sys.executable]
    assert problems() == []

    setattr(settings, name, value)

    assert problems() == [found]


def test_a_key_of_another_certificate_is_refused(gosuslugi, settings):
    settings.ESIA_KEY = keys.private_pem(stand_in.stranger_key()).decode()

    assert problems() == ["esia.E005"]


def test_the_public_key_may_come_in_a_certificate(gosuslugi, settings, proved):
    certificate = keys.certificate_for(stand_in.own_key(), "ESIA")
    settings.ESIA_PUBLIC_KEY = certificate.public_bytes(Encoding.PEM).decode()

    assert problems() == []
    assert Visitor().sign_in(VERA).content == b"proved"

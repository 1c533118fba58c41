"""The demo signs people in through a stand-in for Gosuslugi that runs beside it."""

from __future__ import annotations

import os
import subprocess
import urllib.request

import pytest

from kabinet.config.cli import gosuslugi

NAMES = (
    "KABINET_ESIA_URL",
    "KABINET_ESIA_CLIENT_ID",
    "KABINET_ESIA_FLAVOUR",
    "KABINET_ESIA_SIGNER",
    "KABINET_ESIA_KEY_FILE",
    "KABINET_ESIA_CERTIFICATE_FILE",
    "KABINET_ESIA_CERTIFICATE_HASH",
    "KABINET_ESIA_PUBLIC_KEY_FILE",
)


@pytest.mark.slow
def test_the_demo_gets_keys_settings_and_a_running_stand_in(tmp_path, monkeypatch):
    for name in NAMES:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("KABINET_URL", "http://localhost:28900")

    gosuslugi.point_at_gosuslugi(port=28900, folder=tmp_path)

    said = {name: os.environ[name] for name in NAMES}
    assert len(said["KABINET_ESIA_CERTIFICATE_HASH"]) == 64
    (line,) = gosuslugi.commands(folder=tmp_path)
    assert line[-1] == "http://localhost:28900/esia/login/callback/"
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as stand_in:
        address = stand_in.stdout.readline().split()[-1]
        with urllib.request.urlopen(address) as page:  # noqa: S310 -- our own loopback address
            assert page.status == 200
        stand_in.terminate()
    assert address == said["KABINET_ESIA_URL"]

    gosuslugi.point_at_gosuslugi(port=28900, folder=tmp_path)
    assert os.environ["KABINET_ESIA_CERTIFICATE_HASH"] == said["KABINET_ESIA_CERTIFICATE_HASH"]


def test_where_the_stand_in_is_not_installed_nothing_is_set(tmp_path, monkeypatch):
    monkeypatch.setattr(gosuslugi, "MODULE", "sandbox.nowhere")
    monkeypatch.delenv("KABINET_ESIA_URL", raising=False)

    gosuslugi.point_at_gosuslugi(port=28900, folder=tmp_path)

    assert gosuslugi.commands(folder=tmp_path) == []
    assert "KABINET_ESIA_URL" not in os.environ
    assert list(tmp_path.iterdir()) == []

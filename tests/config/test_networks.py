"""The demo signs people in through a stand-in for VK ID and Yandex ID; a real installation is checked at start."""

from __future__ import annotations

import os
import subprocess
import urllib.request

import pytest
from django.core.checks import Tags, run_checks

from kabinet.config.cli import networks
from kabinet.identity.networks.checks import check_addresses, check_networks

NAMES = (
    "KABINET_SOCIAL",
    "KABINET_VK_ID",
    "KABINET_VK_SECRET",
    "KABINET_VK_URL",
    "KABINET_YANDEX_ID",
    "KABINET_YANDEX_SECRET",
    "KABINET_YANDEX_URL",
    "KABINET_YANDEX_INFO_URL",
)


@pytest.mark.slow
def test_the_demo_gets_settings_and_a_running_stand_in(monkeypatch):
    for name in NAMES:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("KABINET_URL", "http://localhost:28950")

    networks.point_at_networks(port=28950)

    assert os.environ["KABINET_SOCIAL"] == "vk,yandex"
    (line,) = networks.commands()
    assert [word for word in line if word.startswith("http")] == [
        "http://localhost:28950/vk/login/callback/",
        "http://localhost:28950/yandex/login/callback/",
    ]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as stand_in:
        address = stand_in.stdout.readline().split()[-1]
        with urllib.request.urlopen(address) as page:  # noqa: S310 -- our own loopback address
            assert page.status == 200
        stand_in.terminate()
    assert os.environ["KABINET_VK_URL"] == f"{address}/vk"
    assert os.environ["KABINET_YANDEX_INFO_URL"] == f"{address}/yandex/info"


def test_where_the_stand_in_is_not_installed_nothing_is_set(monkeypatch):
    monkeypatch.setattr(networks, "MODULE", "sandbox.nowhere")
    monkeypatch.delenv("KABINET_VK_URL", raising=False)

    networks.point_at_networks(port=28950)

    assert networks.commands() == []
    assert "KABINET_VK_URL" not in os.environ


def test_a_service_that_is_listed_needs_its_number(settings):
    settings.SOCIAL, settings.VK_ID, settings.YANDEX_ID = ["vk", "yandex"], "1", ""

    (problem,) = check_networks()

    assert problem.id == "networks.E001"
    assert "KABINET_YANDEX_ID is not set" in problem.msg


def test_an_address_without_tls_is_warned_of_before_it_goes_live_and_not_in_the_demo(settings):
    settings.SOCIAL, settings.VK_ID, settings.VK_URL = ["vk"], "1", "http://127.0.0.1:1/vk"
    settings.YANDEX_URL = "http://127.0.0.1:1/yandex"
    tags = [Tags.security]

    everyday = {problem.id for problem in run_checks(tags=tags)}
    told = {
        problem.id: problem.msg for problem in run_checks(tags=tags, include_deployment_checks=True)
    }

    assert "networks.W001" not in everyday
    assert told["networks.W001"].startswith("KABINET_VK_URL is not https")


def test_what_is_not_listed_is_not_checked(settings):
    settings.SOCIAL, settings.VK_ID, settings.VK_URL = [], "", "http://127.0.0.1:1/vk"

    assert (check_networks(), check_addresses()) == ([], [])

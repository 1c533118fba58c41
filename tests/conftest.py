from __future__ import annotations

import gc
import socket

import pytest
from django.db.models import QuerySet
from django.template import engines
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from kabinet.kernel.prepared import Prepared
from tests.clock import NOW
from tests.emptying import empty_after_commits
from tests.no_network import connect_locally
from tests.shuffled import fetch_shuffled
from tests.strict_prepared import checked
from tests.strict_templates import UndefinedVariableFails

# How long an example takes says how busy the machine is, nothing about our code.
hypothesis_settings.register_profile(
    "kabinet", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("kabinet")


def pytest_collection_finish():
    """What stands now stays: the garbage collector need not walk over it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)


@pytest.fixture(autouse=True, scope="session")
def _tests_that_commit_leave_nothing():
    empty_after_commits()


@pytest.fixture(autouse=True)
def _plain_storage(settings, tmp_path):
    """Static files without a manifest, uploads in a folder of the test's own."""
    settings.STORAGES = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _undefined_template_variable_fails(monkeypatch):
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", UndefinedVariableFails())


@pytest.fixture(autouse=True)
def _prepared_sql_is_what_django_would_write(monkeypatch):
    monkeypatch.setattr(Prepared, "prepare", checked(Prepared.prepare))


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", connect_locally)


@pytest.fixture(autouse=True)
def _unordered_querysets_come_shuffled(monkeypatch):
    monkeypatch.setattr(QuerySet, "_fetch_all", fetch_shuffled)


@pytest.fixture
def stopped_clock(monkeypatch):
    """It is NOW, until the test says another moment."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture(autouse=True)
def _captcha_for_guests_alone(settings):
    """Work costs a second; the tests of the captcha on other forms ask for it."""
    settings.CAPTCHA_ON = ["guest"]


@pytest.fixture(autouse=True)
def _quick_hashes(settings):
    """Passwords that cost nothing; the tests of time taken bring the real ones back."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

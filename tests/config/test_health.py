from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.db import connection

from kabinet.identity.models import LegalDocument


@pytest.mark.django_db
def test_ready_when_all_that_kabinet_stands_on_is_there(client):
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (
        200,
        {"status": "ok", "database": True, "migrations": True, "queue": True, "sign_up": "open"},
    )


@pytest.mark.django_db
def test_a_missing_consent_text_is_told_and_stops_nobody_else(client):
    LegalDocument.objects.all().delete()

    response = client.get("/readyz")

    assert (response.status_code, response.json()["sign_up"]) == (200, "no consent text")


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'billing'")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["migrations"] is False


@pytest.mark.django_db
def test_not_ready_without_the_queue(client):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE procrastinate_jobs RENAME TO gone")

    assert client.get("/readyz").json()["queue"] is False


def test_alive_without_a_database(client):
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_probes_need_neither_our_name_nor_tls(client, settings, address):
    settings.ALLOWED_HOSTS = ["kabinet.example"]
    settings.SECURE_SSL_REDIRECT = True

    response = client.get(address, headers={"host": "10.0.0.7:8000"})

    assert (response.status_code, response.json()["status"]) == (200, "ok")


WITHOUT_DATABASE = """
import django
from django.conf import settings
plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
client.cookies["sessionid"] = "a" * 32
for address in ("/healthz", "/readyz", "/"):
    print(client.get(address, headers={"host": "localhost"}).status_code)
"""


@pytest.mark.slow
def test_without_a_database_the_process_lives_is_not_ready_and_says_why_on_stderr():
    nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    child = subprocess.run(
        [sys.executable, "-c", WITHOUT_DATABASE],
        env={**os.environ, **nowhere, "DJANGO_SETTINGS_MODULE": "kabinet.config.settings"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert child.stdout.split() == ["200", "503", "500"]
    assert "ERROR django.request: Internal Server Error: /" in child.stderr
    assert "OperationalError" in child.stderr

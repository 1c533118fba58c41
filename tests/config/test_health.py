from __future__ import annotations

import pytest
from django.db import connection


@pytest.mark.django_db
def test_ready_when_all_that_kabinet_stands_on_is_there(client):
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (
        200,
        {"status": "ok", "database": True, "migrations": True, "queue": True},
    )


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

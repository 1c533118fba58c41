from __future__ import annotations

import pytest


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

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "kabinet.accounts"
    label = "accounts"

    def ready(self) -> None:
        from kabinet.accounts import intake

        intake.register_files()

from __future__ import annotations

from django.apps import AppConfig


class MailboxConfig(AppConfig):
    name = "demo.mailbox"
    label = "demo_mailbox"

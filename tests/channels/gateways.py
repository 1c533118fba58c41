"""Both SMS gateways as the stand-in speaks them, and the settings that lead there."""

from __future__ import annotations

import datetime as dt
import uuid

from kabinet.channels.connectors.base import Message

NOON = dt.datetime.now(tz=dt.UTC)
ACCOUNT = ("kabinet", "gateway-secret-41")
PHONE = "+79123456789"
TEXT = "Кабинет: код 482913. Никому его не сообщайте.\n\n@lk.example.ru #482913"


def point(settings, sandbox, key):
    settings.SMS_CONNECTOR, settings.SMS_SENDER = key, "KABINET"
    settings.SMSC_URL = f"{sandbox.url}/sys"
    settings.SMSC_LOGIN, settings.SMSC_PASSWORD = ACCOUNT
    settings.SMSC_API_KEY = ""
    settings.SMSAERO_URL = f"{sandbox.url}/v2"
    settings.SMSAERO_EMAIL, settings.SMSAERO_API_KEY = ACCOUNT


def message(recipient=PHONE, *, text=TEXT, key=None, is_repeat=False, lifetime=None):
    return Message(
        recipient,
        "",
        text,
        "",
        key=key or uuid.uuid4(),
        created_at=NOON,
        is_repeat=is_repeat,
        lifetime=lifetime,
    )

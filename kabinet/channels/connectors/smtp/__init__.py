"""E-mail through an SMTP server (Django's own client; EMAIL_TIMEOUT bounds every step)."""

from __future__ import annotations

import smtplib
import uuid
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from kabinet.channels.connectors.base import Message, NotSent

PERMANENT = 500


def message_id(key: uuid.UUID) -> str:
    """Give the letter's name, by which a report says what became of it."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{key.hex}@{domain or 'localhost'}>"


class Smtp:
    key = "smtp"

    def send(self, message: Message) -> str:
        letter = EmailMultiAlternatives(
            subject=message.subject,
            body=message.text,
            # the envelope's sender, to whom letters come back
            from_email=settings.MAIL_RETURN_PATH or settings.DEFAULT_FROM_EMAIL,
            to=[message.recipient],
            headers={"From": settings.DEFAULT_FROM_EMAIL, "Message-ID": message_id(message.key)},
        )
        if message.html:
            letter.attach_alternative(message.html, "text/html")
        try:
            letter.send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _text in error.recipients.values()]
            raise NotSent(str(codes), bounced=min(codes, default=0) >= PERMANENT) from error
        except (smtplib.SMTPException, OSError) as error:
            # The server's own words may quote the letter, and the letter may hold a code.
            raise NotSent(type(error).__name__) from error
        return ""

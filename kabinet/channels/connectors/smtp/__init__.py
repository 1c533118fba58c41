"""E-mail through an SMTP server (Django's own client; EMAIL_TIMEOUT bounds every step)."""

from __future__ import annotations

import smtplib

from django.core.mail import EmailMultiAlternatives

from kabinet.channels.connectors.base import Message, NotSent

PERMANENT = 500


class Smtp:
    key = "smtp"

    def send(self, message: Message) -> str:
        letter = EmailMultiAlternatives(
            subject=message.subject, body=message.text, to=[message.recipient]
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

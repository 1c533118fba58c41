from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class IdentifierKind(models.TextChoices):
    EMAIL = "email", _("электронная почта")
    PHONE = "phone", _("телефон")


class CodePurpose(models.TextChoices):
    """What a one-time code may be used for; a code for one purpose never fits another (IDN-14)."""

    SIGN_UP = "sign-up", _("регистрация")
    RECOVERY = "recovery", _("восстановление пароля")


class DocumentKind(models.TextChoices):
    """A consent and an agreement are ticked, each on its own; a policy is only read (152-ФЗ, ст. 9)."""

    CONSENT = "consent", _("согласие")
    AGREEMENT = "agreement", _("соглашение")
    POLICY = "policy", _("политика")


class ConsentChannel(models.TextChoices):
    SIGN_UP = "sign-up", _("при регистрации")
    CONSENT_PAGE = "consent-page", _("при входе")
    DEMO = "demo", _("демонстрационные данные")

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from kabinet.identity.enums import CodePurpose, ConsentChannel, DocumentKind


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, *, email: str | None = None, phone: str | None = None, password: str | None = None
    ) -> User:
        """Create a person from already normalised identifiers (lower-case e-mail, E.164 phone)."""
        user = self.model(email=email or None, phone=phone or None)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None) -> User:
        """Create a master user from the command line; whoever types there vouches for the address."""
        user = self.model(email=email.lower(), is_staff=True, is_superuser=True)
        user.set_password(password)
        user.save(using=self._db)
        user.emailaddress_set.create(email=email.lower(), verified=True, primary=True)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in (учётная запись): a customer, or a provider's staff (IDN-49).

    ``email`` is lower-case, ``phone`` is E.164; each is unique where present and counts as proven only
    when ``phone_verified`` or the row of ``EmailAddress`` says so (IDN-10, 16).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("электронная почта"), null=True, blank=True, unique=True)
    phone = models.CharField(_("телефон"), max_length=16, null=True, blank=True, unique=True)
    phone_verified = models.BooleanField(_("телефон подтверждён"), default=False)
    surname = models.CharField(_("фамилия"), max_length=50, blank=True)
    name = models.CharField(_("имя"), max_length=50, blank=True)
    patronymic = models.CharField(_("отчество"), max_length=50, blank=True)
    is_staff = models.BooleanField(_("сотрудник"), default=False)
    is_active = models.BooleanField(_("включён"), default=True)
    date_joined = models.DateTimeField(_("зарегистрирован"), auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        verbose_name = _("пользователь")
        verbose_name_plural = _("пользователи")
        constraints = [
            models.CheckConstraint(
                name="user_has_an_identifier",
                condition=Q(email__isnull=False) | Q(phone__isnull=False),
            ),
            models.CheckConstraint(
                name="user_email_is_lower_case", condition=Q(email=None) | Q(email=Lower("email"))
            ),
            models.CheckConstraint(
                name="user_phone_is_e164",
                condition=Q(phone=None) | Q(phone__regex=r"^\+[0-9]{8,15}$"),
            ),
        ]

    def __str__(self) -> str:
        return self.email or self.phone or str(self.public_id)


class LegalDocument(models.Model):
    """One version of a text that people read or accept. A published text never changes (IDN-18, 19)."""

    slug = models.SlugField(max_length=60)
    version = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=9, choices=DocumentKind)
    title = models.CharField(max_length=200)
    text = models.TextField()
    text_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    class Meta:
        verbose_name = _("юридический документ")
        verbose_name_plural = _("юридические документы")
        constraints = [
            models.UniqueConstraint(name="legal_document_version", fields=["slug", "version"]),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"


class Consent(models.Model):
    """Who accepted which version, when, from where and how: what 152-ФЗ asks the operator to prove."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    document = models.ForeignKey(LegalDocument, on_delete=models.PROTECT, related_name="consents")
    given_at = models.DateTimeField()
    channel = models.CharField(max_length=12, choices=ConsentChannel)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="consent_in_force_once",
                fields=["user", "document"],
                condition=Q(withdrawn_at=None),
            ),
            models.CheckConstraint(
                name="consent_withdrawn_after_given",
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=models.F("given_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.document_id}"


class OneTimeCode(models.Model):
    """A six-digit code that was sent, kept only as a keyed hash (IDN-13, 14).

    ``digest`` binds the code to this row, its purpose and its identifier. An empty one is a decoy: the answer
    to somebody who named an identifier that is occupied or unknown, which nothing fits.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    purpose = models.CharField(max_length=8, choices=CodePurpose)
    identifier = models.CharField(max_length=254)
    owner = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["identifier", "purpose", "-sent_at"], name="code_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.public_id}"

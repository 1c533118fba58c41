from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from kabinet.identity.enums import OnboardingStep


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
    when ``phone_verified`` or the row of ``EmailAddress`` says so (IDN-10, 16). ``onboarding`` is the step to which
    a newcomer who left comes back (IDN-20); ``must_change_password`` holds whoever signed in with a temporary one
    (IDN-32, B).
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
    shows_hints = models.BooleanField(_("показывать подсказки"), default=True)
    onboarding = models.CharField(
        _("шаг знакомства"), max_length=8, choices=OnboardingStep, default=OnboardingStep.DONE
    )
    must_change_password = models.BooleanField(_("должен сменить пароль"), default=False)

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

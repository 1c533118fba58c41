from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from kabinet.accounts.enums import AccessLevel, ContractState, LinkEventKind, RequestState
from kabinet.providers.models import Branch, Provider, Service, Supplier


class Account(models.Model):
    """A personal account (лицевой счёт, ЛС): what a provider bills, whether or not anybody signed up.

    Comes only by import (OPX-11). ``pin_digest`` is a keyed SHA-256 of the PIN. ``missing_since`` is set when
    a full bundle no longer names the account (XCH-03); ``closed_on`` is the provider's own word.
    The areas of its house, in m², are what a receipt prints (BIL-38); ``house_area_common`` is of the common property
    («ОИ всего»), ``house_area_common_counted`` what the receipt names «ОИ з/з», which nobody explains.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="accounts", db_index=False)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True)
    number = models.CharField(max_length=64)
    surname = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=100, blank=True)
    patronymic = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    city = models.CharField(max_length=150, blank=True)
    street = models.CharField(max_length=200, blank=True)
    house = models.CharField(max_length=32, blank=True)
    building = models.CharField(max_length=32, blank=True)
    flat = models.CharField(max_length=32, blank=True)
    fias = models.UUIDField(null=True)
    gis_id = models.CharField(max_length=32, blank=True)
    area_total = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    area_living = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    house_area_total = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    house_area_living = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    house_area_nonliving = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    house_area_common = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    house_area_common_counted = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    residents = models.PositiveSmallIntegerField(null=True)
    registered = models.PositiveSmallIntegerField(null=True)
    owners = models.PositiveSmallIntegerField(null=True)
    rooms = models.PositiveSmallIntegerField(null=True)
    stove = models.CharField(max_length=64, blank=True)
    electric_heating = models.BooleanField(null=True)
    opened_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    maintenance_on = models.DateField(null=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=64, blank=True)
    pin_digest = models.CharField(max_length=64, blank=True)
    apartment_block = models.BooleanField(null=True)
    as_of = models.DateTimeField()
    missing_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "number"], name="account_number_per_provider"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class AccountService(models.Model):
    """A service that an account gets, by whom and at which tariff group (ACC-43)."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="services", db_index=False)
    service = models.ForeignKey(Service, models.PROTECT, db_index=False)
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, db_index=False)
    tariff_group = models.CharField(max_length=64, blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "service", "supplier"],
                name="account_service_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.service_id}"


class AccountFact(models.Model):
    """A name/value line that the provider shows on the subscriber card (ACC-35)."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="facts", db_index=False)
    name = models.CharField(max_length=200)
    value = models.CharField(max_length=500)
    position = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "name"], name="account_fact_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class Appliance(models.Model):
    """Equipment at the account's address (ACC-41); known by its serial, or by its name without one."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="appliances", db_index=False)
    serial = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=200)
    verification_on = models.DateField(null=True)
    state = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                F("account"),
                F("serial"),
                Case(When(serial="", then=F("name")), default=Value("")),
                name="appliance_once",
            ),
            models.CheckConstraint(
                name="appliance_has_serial_or_name", condition=~Q(serial="") | ~Q(name="")
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.serial


class Benefit(models.Model):
    """A benefit (льгота) of the account's holder (ACC-35)."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="benefits", db_index=False)
    name = models.CharField(max_length=200)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "name"], name="benefit_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Contract(models.Model):
    """A contract with its term (ACC-38, 39)."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="contracts", db_index=False)
    number = models.CharField(max_length=64)
    kind = models.CharField(max_length=200)
    company = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=16, choices=ContractState, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "number", "kind"], name="contract_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} № {self.number}"


class Act(models.Model):
    """An act of completed work (ACC-40)."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="acts", db_index=False)
    number = models.CharField(max_length=64)
    performed_at = models.DateTimeField()
    kind = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "number"], name="act_once"),
        ]

    def __str__(self) -> str:
        return self.number


class ActLine(models.Model):
    act = models.ForeignKey(Act, models.PROTECT, related_name="lines", db_index=False)
    line = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    amount = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["act", "line"], name="act_line_once"),
        ]

    def __str__(self) -> str:
        return self.title


class AccountLink(models.Model):
    """A person's tie to an account, with its access level (ACC-20). Ended, and deleted with the person alone (IDN-48)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="account_links")
    account = models.ForeignKey(Account, models.PROTECT, related_name="links")
    level = models.CharField(max_length=8, choices=AccessLevel)
    alias = models.CharField(max_length=50, blank=True)
    is_primary = models.BooleanField(default=False)
    linked_at = models.DateTimeField()
    extended_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "account"], condition=Q(ended_at=None), name="link_once_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(ended_at=None, is_primary=True),
                name="link_one_primary_per_user",
            ),
            models.CheckConstraint(
                name="link_extended_at_follows_level",
                condition=Q(level=AccessLevel.LIMITED, extended_at=None)
                | Q(level=AccessLevel.EXTENDED, extended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.account_id} ({self.level})"


class AccountLinkEvent(models.Model):
    """A row of `links-out` (XCH-11, OPX-26). ``export_number`` is the export run that first gave it."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="link_events")
    event = models.CharField(max_length=16, choices=LinkEventKind)
    at = models.DateTimeField()
    email = models.CharField(max_length=254, blank=True)
    export_number = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["provider"],
                condition=Q(export_number=None),
                name="link_event_not_yet_exported",
            ),
            models.Index(fields=["export_number"], name="link_event_export"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.event}"


class LinkRequest(models.Model):
    """A person asks the provider's staff to confirm that an account is theirs (ACC-13, ``manual``).

    ``number`` is what was typed. ``account`` is empty where no account answers to it: the person is not told so,
    or numbers could be tried here. ``applicant`` and ``comment`` are the person's own words.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="link_requests")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="link_requests", null=True)
    number = models.CharField(_("лицевой счёт"), max_length=64)
    applicant = models.CharField(_("заявитель"), max_length=150)
    comment = models.CharField(_("комментарий"), max_length=500, blank=True)
    consents = models.BooleanField(default=False)
    state = models.CharField(
        _("состояние"), max_length=16, choices=RequestState, default=RequestState.WAITING
    )
    reason = models.CharField(_("причина отказа"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("отправлена"))
    decided_at = models.DateTimeField(_("закрыта"), null=True)

    class Meta:
        verbose_name = _("просьба о доступе")
        verbose_name_plural = _("просьбы о доступе")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "provider", "number"],
                condition=Q(state=RequestState.WAITING),
                name="link_request_open_once",
            ),
            models.CheckConstraint(
                name="link_request_decided_at_follows_state",
                condition=Q(state=RequestState.WAITING, decided_at=None)
                | (~Q(state=RequestState.WAITING) & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="link_request_reason_follows_state",
                condition=(Q(state=RequestState.REFUSED) & ~Q(reason=""))
                | (~Q(state=RequestState.REFUSED) & Q(reason="")),
            ),
        ]
        indexes = [
            models.Index(fields=["provider", "state", "created_at"], name="link_request_queue"),
        ]

    def __str__(self) -> str:
        return self.number

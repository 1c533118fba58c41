"""What stands around every signed-in page, computed from the portal: no queries of its own.

A place is shown only when its page exists and the provider has switched the section on (ACC-29); one that the
limited level does not reach is shown with a lock, and its page offers full access (ACC-14, 15).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.providers.enums import Feature
from kabinet.providers.queries import ProviderRow
from kabinet.web.portal import Portal


@dataclass(frozen=True, slots=True)
class Place:
    """A section: the name of its address, its words, and which parts of the cabinet it needs (any of them)."""

    name: str
    icon: str
    text: StrOrPromise
    short: StrOrPromise = ""
    features: tuple[Feature, ...] = ()
    also: frozenset[str] = frozenset()
    starts_group: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    url: str
    icon: str
    text: StrOrPromise
    short: StrOrPromise
    is_here: bool
    is_locked: bool
    starts_group: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """An account in the switcher."""

    account: LinkedAccountRow
    url: str
    is_open: bool


HOME = Place("account-home", "home", _("Главная"), also=frozenset({"home"}))
ACCOUNT_PLACES = (
    HOME,
    Place(
        "bills",
        "bills",
        _("Счета"),
        features=(Feature.BILLS,),
    ),
    Place(
        "readings",
        "readings",
        _("Показания"),
        features=(Feature.METERS, Feature.SUBMIT_READINGS),
        also=frozenset({"meter-history"}),
    ),
    Place(
        "charges",
        "charges",
        _("Начисления"),
        features=(Feature.CHARGES,),
        also=frozenset({"charges-month", "settlements"}),
    ),
    Place("payments", "payments", _("Платежи"), features=(Feature.PAYMENTS,)),
    Place("subscriber", "subscriber", _("Данные абонента"), features=(Feature.SUBSCRIBER,)),
    Place("account-edit", "settings", _("Настройки счёта"), also=frozenset({"account-unlink"})),
)
PERSON_PLACES = (
    Place(
        "account-list",
        "accounts",
        _("Лицевые счета"),
        short=_("Счета"),
        also=frozenset({"account-link"}),
        starts_group=True,
    ),
    Place("profile", "profile", _("Мой профиль"), short=_("Профиль")),
)
BAR = ("account-home", "bills", "readings")


def _address(name: str, **arguments: object) -> str:
    """The page's address, or nothing where this installation has no such page."""
    try:
        return reverse(name, kwargs=arguments or None)
    except NoReverseMatch:
        return ""


@dataclass
class Frame:
    """Read by ``web/base.html`` and its parts; everything is worked out when first asked for."""

    request: HttpRequest
    _items: list[tuple[Place, Item]] = field(default_factory=list)

    @cached_property
    def portal(self) -> Portal | None:
        return getattr(self.request, "portal", None)

    @property
    def account(self) -> LinkedAccountRow | None:
        return self.portal.account if self.portal else None

    @property
    def provider(self) -> ProviderRow | None:
        return self.account.provider if self.account else None

    @property
    def home(self) -> str:
        return _address("home") or "/"

    @property
    def link_url(self) -> str:
        return _address("account-link")

    @property
    def list_url(self) -> str:
        return _address("account-list")

    @property
    def profile_url(self) -> str:
        return _address("profile")

    @property
    def logout_url(self) -> str:
        return _address("account_logout")

    @cached_property
    def switcher(self) -> Sequence[Choice]:
        """The person's accounts; each leads to its own home page."""
        accounts = self.portal.accounts if self.portal else ()
        choices = (
            Choice(
                account,
                _address("account-home", account_id=account.public_id),
                account == self.account,
            )
            for account in accounts
        )
        return [choice for choice in choices if choice.url]

    @cached_property
    def _placed(self) -> Sequence[tuple[Place, Item]]:
        match = self.request.resolver_match
        here = (match.url_name or "") if match else ""
        account = self.account
        of_account = (
            (place, self._item(place, here, _address(place.name, account_id=account.public_id)))
            for place in ACCOUNT_PLACES
            if account and _is_offered(place, account)
        )
        of_person = (
            (place, self._item(place, here, _address(place.name))) for place in PERSON_PLACES
        )
        return [(place, item) for place, item in (*of_account, *of_person) if item.url]

    def _item(self, place: Place, here: str, url: str) -> Item:
        account = self.account
        return Item(
            url=url,
            icon=place.icon,
            text=place.text,
            short=place.short or place.text,
            is_here=here == place.name or here in place.also,
            is_locked=account is not None and not _is_open(place, account),
            starts_group=place.starts_group,
        )

    @property
    def menu(self) -> Sequence[Item]:
        return [item for _place, item in self._placed]

    @property
    def bar(self) -> Sequence[Item]:
        """The first three places of the phone's bar; «Ещё» is the fourth. Without an account, the person's own."""
        names = BAR if self.account else tuple(place.name for place in PERSON_PLACES)
        return [item for place, item in self._placed if place.name in names]

    @property
    def rest(self) -> Sequence[Item]:
        """What «Ещё» holds."""
        shown = self.bar
        return [item for item in self.menu if item not in shown]


def _is_offered(place: Place, account: LinkedAccountRow) -> bool:
    return not place.features or any(account.offers(feature) for feature in place.features)


def _is_open(place: Place, account: LinkedAccountRow) -> bool:
    return not place.features or any(account.opens(feature) for feature in place.features)


def frame(request: HttpRequest) -> dict[str, object]:
    """A context processor: ``frame`` costs nothing on pages that do not use it."""
    return {"frame": Frame(request)}

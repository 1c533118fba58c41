"""What stands around every signed-in page, computed from the portal: no queries of its own.

A place is shown only when its page exists and the provider has switched the section on (ACC-29); one that the
limited level does not reach is shown with a lock, and its page offers full access (ACC-14, 15).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.queries import TopDueRow, get_top_due
from kabinet.payments.queries import PayWay, get_cart_marks, get_pay_way
from kabinet.providers.enums import Feature, Style
from kabinet.providers.queries import ProviderRow
from kabinet.ui import formatting
from kabinet.web.entry.places import PROFILE_PAGES
from kabinet.web.portal import Portal
from kabinet.web.readings.all_accounts import offers_all

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def _always(_portal: Portal) -> bool:
    return True


def _nothing(_portal: Portal) -> int:
    return 0


class Group(Enum):
    """What belongs together in the menu: the month's business, the account itself, the person."""

    DAILY = auto()
    DETAILS = auto()
    PERSON = auto()


@dataclass(frozen=True, slots=True)
class Place:
    """A section: its words, and its pages in the order in which they are offered as the way in.

    Between two groups the menu draws a rule. ``is_shown`` looks at what came along with the person's accounts, and
    ``count`` is told beside the words; ``counted`` are the words for 1, 2 and 5 of it, for who hears the page.
    """

    icon: str
    text: StrOrPromise
    ways: tuple[tuple[str, Feature | None], ...]
    short: StrOrPromise = ""
    also: frozenset[str] = frozenset()
    group: Group = Group.DAILY
    is_shown: Callable[[Portal], bool] = _always
    count: Callable[[Portal], int] = _nothing
    counted: StrOrPromise = ""

    def holds(self, page: str) -> bool:
        return page in self.also or any(page == name for name, _feature in self.ways)


@dataclass(frozen=True, slots=True)
class Item:
    url: str
    icon: str
    text: StrOrPromise
    short: StrOrPromise
    is_here: bool
    is_locked: bool
    group: Group
    count: int = 0
    count_words: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """An account in the switcher."""

    account: LinkedAccountRow
    url: str
    is_open: bool


def cart_count(portal: Portal) -> int:
    """How many lines lie in the person's cart (PAY-31)."""
    return sum(len(get_cart_marks(account)) for account in portal.accounts)


def _can_pay(portal: Portal) -> bool:
    """Where nobody takes money the way is absent; why, stands beside the sum due (PAY-01)."""
    return portal.account is not None and get_pay_way(portal.account) is not PayWay.NO_PAYEE


def _has_cart(portal: Portal) -> bool:
    """A cart is for several receipts or several accounts; who has neither pays without one."""
    ways = [account for account in portal.accounts if get_pay_way(account) is PayWay.OPEN]
    by_receipt = any(account.provider.style == Style.D for account in ways)
    return by_receipt or len(ways) > 1 or cart_count(portal) > 0


HOME = Place("home", _("Главная"), (("account-home", None),), also=frozenset({"home"}))
BILLS = Place(
    "bills",
    _("Счета и платежи"),
    (("bills", Feature.BILLS), ("charges", Feature.CHARGES), ("payments", Feature.PAYMENTS)),
    short=_("Счета"),
    also=frozenset({"bill-why", "charges-month", "events", "settlements", "tariffs"}),
)
READINGS = Place(
    "readings",
    _("Показания"),
    (("readings", Feature.METERS), ("readings", Feature.SUBMIT_READINGS)),
    also=frozenset({"meters", "meter-history", "reading-passport"}),
)
ACCOUNT_PLACES = (
    HOME,
    BILLS,
    READINGS,
    Place(
        "wallet",
        _("Оплата"),
        (("account-pay", Feature.PAY),),
        also=frozenset({"checkout", "pay-share"}),
        is_shown=_can_pay,
    ),
    Place(
        "statistics",
        _("Статистика"),
        (("statistics", Feature.STATISTICS),),
        also=frozenset({"forecast"}),
    ),
    Place(
        "subscriber",
        _("Данные абонента"),
        (("subscriber", Feature.SUBSCRIBER),),
        group=Group.DETAILS,
    ),
    Place(
        "contracts",
        _("Договоры и акты"),
        (("contracts", Feature.CONTRACTS), ("acts", Feature.ACTS)),
        group=Group.DETAILS,
    ),
    Place(
        "settings",
        _("Настройки счёта"),
        (("account-edit", None),),
        also=frozenset(
            {
                "account-holder",
                "account-unlink",
                "account-upgrade",
                "account-upgrade-ask",
                "autopay",
                "autopay-change",
                "autopay-connect",
            }
        ),
        group=Group.DETAILS,
    ),
    Place(
        "offices",
        _("Куда обратиться"),
        (("service-centre", None),),
        group=Group.DETAILS,
    ),
)
PERSON_PLACES = (
    Place(
        "accounts",
        _("Лицевые счета"),
        (("account-list", None),),
        short=_("Счета"),
        also=frozenset(
            {
                "account-link",
                "account-link-ask",
                "account-link-by-address",
                "account-link-number",
                "account-link-proof",
                "account-link-providers",
            }
        ),
        group=Group.PERSON,
    ),
    Place(
        "readings",
        _("Показания по всем счетам"),
        (("all-readings", None),),
        group=Group.PERSON,
        is_shown=offers_all,
    ),
    Place(
        "payments",
        _("Корзина"),
        (("cart", None),),
        group=Group.PERSON,
        is_shown=_has_cart,
        count=cart_count,
        counted=_("строка,строки,строк"),
    ),
    Place(
        "history",
        _("Мои платежи"),
        (("own-payments", None),),
        short=_("Платежи"),
        group=Group.PERSON,
    ),
    Place(
        "profile",
        _("Мой профиль"),
        (("profile", None),),
        short=_("Профиль"),
        also=PROFILE_PAGES,
        group=Group.PERSON,
    ),
)
BAR = (HOME, BILLS, READINGS)


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

    @cached_property
    def portal(self) -> Portal | None:
        return getattr(self.request, "portal", None)

    @property
    def account(self) -> LinkedAccountRow | None:
        return self.portal.account if self.portal else None

    @property
    def provider(self) -> ProviderRow | None:
        return self.account.provider if self.account else None

    @cached_property
    def home(self) -> str:
        return _address("home") or "/"

    @cached_property
    def link_url(self) -> str:
        return _address("account-link")

    @cached_property
    def list_url(self) -> str:
        return _address("account-list")

    @cached_property
    def profile_url(self) -> str:
        return _address("profile")

    @cached_property
    def logout_url(self) -> str:
        return _address("account_logout")

    @cached_property
    def due(self) -> TopDueRow | None:
        """The sum of the open account (BIL-09); None where this person may not see it."""
        return get_top_due(account=self.account, at=timezone.now()) if self.account else None

    @property
    def shows_hints(self) -> bool:
        """What the person has chosen for the whole cabinet (IDN-46); a visitor is shown them."""
        return getattr(self.request.user, "shows_hints", True)

    @property
    def person(self) -> str:
        """Who is signed in, for the person's menu (IDN-40)."""
        user = self.request.user
        if not user.is_authenticated:
            return ""
        return " ".join(part for part in (user.surname, user.name, user.patronymic) if part) or str(
            user
        )

    @property
    def is_home(self) -> bool:
        match = self.request.resolver_match
        return match is not None and HOME.holds(match.url_name or "")

    @cached_property
    def account_home(self) -> str:
        return self._of_account("account-home")

    @cached_property
    def due_url(self) -> str:
        return self._of_account("account-due")

    @property
    def here(self) -> str:
        """This page again, for «Обновить» without JavaScript."""
        return self.request.get_full_path()

    def _of_account(self, name: str) -> str:
        return _address(name, account_id=self.account.public_id) if self.account else ""

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
        of_account = ACCOUNT_PLACES if self.account else ()
        places = [
            place
            for place in (*of_account, *PERSON_PLACES)
            if place.is_shown is _always or (self.portal and place.is_shown(self.portal))
        ]
        items = ((place, self._item(place)) for place in places)
        return [(place, item) for place, item in items if item]

    def _item(self, place: Place) -> Item | None:
        match = self.request.resolver_match
        name, is_open = _way_in(place, self.account)
        url = name and (self._of_account(name) if place in ACCOUNT_PLACES else _address(name))
        if not url:
            return None
        count = place.count(self.portal) if self.portal else 0
        return Item(
            url=url,
            icon=place.icon,
            text=place.text,
            short=place.short or place.text,
            is_here=place.holds((match.url_name or "") if match else ""),
            is_locked=not is_open,
            group=place.group,
            count=count,
            count_words=formatting.plural(count, str(place.counted)) if count else "",
        )

    @property
    def menu(self) -> Sequence[Item]:
        return [item for _place, item in self._placed]

    @property
    def bar(self) -> Sequence[Item]:
        """The first places of the phone's bar, «Ещё» is the last: three, and what has something to tell (PAY-31).

        Without an account, the person's own.
        """
        shown = BAR if self.account else PERSON_PLACES
        return [item for place, item in self._placed if place in shown or item.count]

    @property
    def rest(self) -> Sequence[Item]:
        """What «Ещё» holds."""
        shown = self.bar
        return [item for item in self.menu if item not in shown]


def _way_in(place: Place, account: LinkedAccountRow | None) -> tuple[str, bool]:
    """Give the first page that opens; else the first that full access would open; else nothing."""
    locked = ""
    for name, feature in place.ways:
        if feature is None or (account and account.opens(feature)):
            return name, True
        if account and account.offers(feature):
            locked = locked or name
    return locked, False


def frame(request: HttpRequest) -> dict[str, object]:
    """A context processor: ``frame`` costs nothing on pages that do not use it."""
    return {"frame": Frame(request)}

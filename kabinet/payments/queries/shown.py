"""Payments made here as they stand in an account's list of payments (PAY-10, 47)."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    Case,
    DateField,
    DecimalField,
    F,
    Func,
    OuterRef,
    QuerySet,
    Subquery,
    TextField,
    UUIDField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Abs, Cast, Coalesce, Least, NullIf, Sign
from django.utils.translation import gettext as _

from kabinet.billing import online
from kabinet.billing.queries.payments import PaymentState
from kabinet.kernel.actors import Actor
from kabinet.payments import scopes
from kabinet.payments.enums import EntryKind
from kabinet.payments.models import LedgerEntry

_SUM = DecimalField(max_digits=14, decimal_places=2)


def register() -> None:
    """Called once, when the app is ready."""
    online.register(online.OnlinePayments(_unposted, _state, _checkout))


def _unposted(actor: Actor, account_id: int) -> QuerySet[Any]:
    """What the provider's books do not hold: the whole of a payment, or the rest of it."""
    entries = scopes.visible_entries(actor).filter(account=account_id).exclude(unconfirmed=0)
    penalty = Least(F("penalty"), Abs(F("unconfirmed")))
    return entries.annotate(
        shown_on=Func(
            F("account__provider__timezone"),
            F("happened_at"),
            template="timezone(%(expressions)s)::date",
            output_field=DateField(),
        ),
        shown_processed_on=Value(None, DateField()),
        shown_sum=F("unconfirmed"),
        shown_penalty=NullIf(penalty * Sign("unconfirmed"), Value(0), output_field=_SUM),
        shown_source=Case(
            When(kind=EntryKind.PAID, then=Value(_("Личный кабинет"))),
            default=Value(_("Возврат из личного кабинета")),
            output_field=TextField(),
        ),
        shown_place=Value("", TextField()),
        shown_service=Cast("item__service__name", TextField()),
        shown_supplier=Cast("item__supplier__name", TextField()),
        shown_state=Case(
            When(handed_over_at=None, then=Value(PaymentState.TAKEN)),
            default=Value(PaymentState.HANDED_OVER),
            output_field=TextField(),
        ),
        shown_checkout=_own_checkout(actor),
        shown_number=F("pk"),
    )


def _state() -> Combinable:
    """Whether the provider's row confirms a payment of ours on the same account."""
    found = Subquery(_named().values(shown=Value(PaymentState.POSTED, TextField()))[:1])
    return Coalesce(found, Value(PaymentState.OUTSIDE), output_field=TextField())


def _checkout(actor: Actor) -> Combinable:
    return Subquery(_named().annotate(own=_own_checkout(actor)).values("own")[:1])


def _named() -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(
        public_id=OuterRef("portal_id"), account=OuterRef("account_id")
    )


def _own_checkout(actor: Actor) -> Case:
    """Others who hold the account see the money, not whose checkout it was."""
    return Case(
        When(
            item__part__checkout__user=actor.user_id,
            then=F("item__part__checkout__public_id"),
        ),
        default=Value(None, UUIDField()),
        output_field=UUIDField(),
    )

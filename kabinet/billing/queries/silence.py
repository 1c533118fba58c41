"""What a month without a reading will cost, from the provider's own figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Sum

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing import scopes, silence
from kabinet.billing.enums import VolumeBasis
from kabinet.billing.silence import NormCharge, PriceOfSilence, SilenceRules, SilentMeter
from kabinet.kernel.actors import Actor
from kabinet.kernel.period import Period
from kabinet.metering.registers import Moment, Question, RegisterRow, load_registers
from kabinet.metering.rows import MeterRow

NORM_MONTHS = 24
Prices = Mapping[tuple[int, str], Decimal]
Averages = Mapping[tuple[int, str], Decimal | None]


def get_price_of_silence(
    *,
    actor: Actor,
    account: LinkedAccountRow,
    meters: Sequence[MeterRow],
    prices: Prices,
    at: datetime,
) -> PriceOfSilence | None:
    """Give what the awaited readings will cost if they do not come; None where the provider does not tell.

    ``meters`` are those of the readings page and ``prices`` those in force, by service and zone. No query as a
    rule; one where the averages are of other months than the page's, one where a norm is needed.
    """
    policy = account.provider.policy
    awaited = [meter for meter in meters if meter.obstacle is None and not meter.is_given]
    if not policy.tell_price_of_silence or not awaited:
        return None
    rules = SilenceRules(policy.silence_average_months, policy.silence_norm_after)
    month = Period.of(account.local_date(at))
    averages = _averages(account, awaited, month)
    silent = [_to_silent(meter, prices, averages) for meter in awaited]
    needed = silence.needs_norm(silent, month=month, rules=rules)
    return silence.price_of_silence(
        silent,
        month=month,
        rules=rules,
        norms=_norms(actor, account.id, needed, prices, month) if needed else {},
    )


def _to_silent(meter: MeterRow, prices: Prices, averages: Averages) -> SilentMeter:
    return SilentMeter(
        service_id=meter.service_id,
        service_name=meter.service_name,
        unit=meter.unit,
        registers=tuple(
            silence.SilentRegister(
                last_on=_last_on(register),
                average=averages[meter.id, register.zone],
                price=prices.get((meter.service_id, register.zone)),
            )
            for register in meter.registers
        ),
    )


def _last_on(register: RegisterRow) -> date | None:
    """A reading still on its way counts as given: the provider has had it in time."""
    return register.previous.taken_on if register.previous else None


def _averages(account: LinkedAccountRow, meters: Sequence[MeterRow], month: Period) -> Averages:
    policy = account.provider.policy
    known = {
        (meter.id, register.zone): register for meter in meters for register in meter.registers
    }
    if policy.silence_average_months != policy.average_months:
        # The caller's meters came through their scope, so their readings may be read.
        moment = Moment(month.first_day, month.last_day, ZoneInfo(account.provider.timezone))
        months = policy.silence_average_months
        known = dict(load_registers([Question(key, moment, months) for key in known]))
    return {key: register.average for key, register in known.items()}


def _norms(
    actor: Actor, account_id: int, services: Iterable[int], prices: Prices, month: Period
) -> Mapping[int, NormCharge]:
    """What was charged by norm last, per service; a service never charged so has no known norm."""
    rows = (
        scopes.visible_charge_lines(actor)
        .filter(
            bill__account=account_id,
            bill__period__gte=month.plus(-NORM_MONTHS).first_day,
            service__in=list(services),
            basis=VolumeBasis.NORM,
            is_penalty=False,
            volume__gt=0,
        )
        .values("service", "bill__period")
        .annotate(norm_volume=Sum("volume"))
        .order_by("bill__period")
        .values_list("service", "norm_volume")
    )
    return {service: NormCharge(volume, prices.get((service, ""))) for service, volume in rows}

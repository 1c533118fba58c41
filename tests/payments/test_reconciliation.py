"""The daily comparison of the bank's book, ours and the provider's; nothing is corrected silently (PAY-46, OPX-19)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from kabinet.kernel import locks
from kabinet.kernel.actors import Actor, ActorKind, Role
from kabinet.kernel.models import AuditEntry
from kabinet.payments.calculations.posting import longest_wait, paid_too_long_ago
from kabinet.payments.enums import DiscrepancyKind
from kabinet.payments.models import Attempt, BankRecord, Discrepancy, LedgerEntry, Reconciliation
from kabinet.payments.operations import reconciliation
from kabinet.payments.operations.reconciliation import running
from kabinet.payments.queries.three_books import DiscrepancyNotFound
from kabinet.providers.queries import get_moved_days
from tests.factories import AccountFactory, ProviderFactory, UserFactory
from tests.factories.payments import AttemptFactory, MerchantFactory, paid, refunded
from tests.payments import listing_bank

pytestmark = pytest.mark.django_db
# At the provider's place, four hours before Greenwich, the 19th lasts from 20:00 of the 18th.
DAY = dt.date(2026, 11, 19)
NOON = dt.datetime(2026, 11, 19, 8, 0, tzinfo=dt.UTC)
NEXT = dt.datetime(2026, 11, 20, 6, 0, tzinfo=dt.UTC)
LATER = NEXT + dt.timedelta(hours=1)


@pytest.fixture
def books(settings):
    settings.PAYMENT_GATEWAYS = {
        **settings.PAYMENT_GATEWAYS,
        listing_bank.CODE: listing_bank.PATH,
        listing_bank.SILENT_CODE: listing_bank.SILENT_PATH,
    }
    return listing_bank.empty_ledger()


@pytest.fixture
def merchant(books):
    provider = ProviderFactory(timezone="Asia/Yerevan", policy__posting_days=1)
    return MerchantFactory(provider=provider, gateway=listing_bank.CODE)


@pytest.fixture
def account(merchant):
    return AccountFactory(provider=merchant.provider)


def take(account, amount="100.00", at=NOON, **line):
    return paid(account=account, amount=amount, at=at, **line)


def book(books, entry, amount=None, at=None):
    """The bank knows of it too."""
    whole = entry.attempt.amount if amount is None else Decimal(amount)
    books.write(entry.attempt.acquirer_id, whole, at or entry.happened_at)


def run(merchant, at=NEXT, day=DAY):
    assert reconciliation.reconcile(merchant_id=merchant.pk, day=day, at=at)
    return Reconciliation.objects.get(merchant=merchant, day=day)


def open_ones(*kinds):
    kinds = kinds or [kind for kind in DiscrepancyKind if kind != DiscrepancyKind.NOT_POSTED]
    found = Discrepancy.objects.filter(gone_at=None, closed_at=None, kind__in=kinds)
    return [*found.order_by("kind", "key").values_list("kind", "bank_amount", "own_amount")]


def test_what_both_books_hold_is_matched_and_nothing_is_written_down(books, merchant, account):
    for amount in ("100.00", "250.50"):
        book(books, take(account, amount))

    day = run(merchant)

    assert (day.at_bank, day.here, day.matched, day.failure) == (2, 2, 2, "")
    assert (day.bank_sum, day.own_sum) == (Decimal("350.50"), Decimal("350.50"))
    assert open_ones() == []


def test_the_commission_is_part_of_what_the_bank_took(books, merchant, account):
    book(books, take(account, "100.00", commission=Decimal("2.50")), "102.50")

    assert run(merchant).matched == 1
    assert open_ones() == []


def test_a_payment_that_only_the_bank_has_is_missing_here(books, merchant):
    books.write("alien", Decimal("77.00"), NOON)

    day = run(merchant)

    assert (day.at_bank, day.here, day.matched) == (1, 0, 0)
    assert open_ones() == [(DiscrepancyKind.MISSING_HERE, Decimal("77.00"), None)]
    found = Discrepancy.objects.get()
    assert (found.acquirer_id, found.day, found.provider_id, found.merchant) == (
        "alien",
        DAY,
        merchant.provider_id,
        merchant,
    )


def test_a_refund_that_the_bank_lists_on_the_day_it_was_asked_for_is_not_missing_later(
    books, merchant, account
):
    """The bank took its time: its list has the refund on the day that it was made, ours on the day that it came out."""
    entry = take(account)
    book(books, entry)
    made = dt.timedelta(days=1)
    back = refunded(entry, amount="10.00", at=NOON)
    back.refund.finished_at = NOON + made
    back.refund.save()
    following = {"day": DAY + made, "at": NEXT + made}

    # The day after is compared before the bank's list of the first day is here.
    assert run(merchant, **following).here == 1
    assert open_ones() == [(DiscrepancyKind.MISSING_THERE, None, Decimal("10.00"))]
    books.write(back.refund.acquirer_id, Decimal("10.00"), NOON, is_refund=True)
    first, second = run(merchant), run(merchant, **following)

    assert (first.matched, second.here, open_ones()) == (2, 0, [])


def test_a_payment_that_the_bank_does_not_have_is_missing_there(merchant, account):
    take(account, "77.00")

    day = run(merchant)

    assert (day.at_bank, day.here, day.matched) == (0, 1, 0)
    assert open_ones() == [(DiscrepancyKind.MISSING_THERE, None, Decimal("77.00"))]


def test_another_sum_at_the_bank_is_told_with_both(books, merchant, account):
    book(books, take(account, "100.00"), "99.99")

    assert run(merchant).matched == 0
    assert open_ones() == [(DiscrepancyKind.OTHER_SUM, Decimal("99.99"), Decimal("100.00"))]


@pytest.mark.parametrize("state", ["declined", "pending"])
def test_money_at_the_bank_for_a_try_that_did_not_end_so_here(books, merchant, account, state):
    attempt = AttemptFactory(part__merchant=merchant, **{state: True})
    books.write(attempt.acquirer_id, attempt.amount, NOON)

    run(merchant)

    assert open_ones() == [(DiscrepancyKind.OTHER_STATE, Decimal("100.00"), Decimal("100.00"))]
    assert Discrepancy.objects.get().key == f"attempt:{attempt.public_id}"


def test_returns_are_compared_like_payments(books, merchant, account):
    entry = take(account, "100.00")
    book(books, entry)
    matched = refunded(entry, amount="10.00", at=NOON)
    books.write(matched.refund.acquirer_id, Decimal("10.00"), NOON, is_refund=True)
    refunded(entry, amount="20.00", at=NOON)
    books.write("alien", Decimal("5.00"), NOON, is_refund=True)

    day = run(merchant)

    assert (day.at_bank, day.here, day.matched) == (3, 3, 2)
    assert (day.bank_sum, day.own_sum) == (Decimal("85.00"), Decimal("70.00"))
    assert open_ones() == [
        (DiscrepancyKind.MISSING_HERE, Decimal("5.00"), None),
        (DiscrepancyKind.MISSING_THERE, None, Decimal("20.00")),
    ]


def test_the_day_is_the_providers_and_clocks_may_differ_at_its_edges(books, merchant, account):
    before_midnight = dt.datetime(2026, 11, 19, 19, 59, 50, tzinfo=dt.UTC)
    book(books, take(account, at=before_midnight), at=before_midnight + dt.timedelta(seconds=20))
    book(books, take(account, "5.00", at=NOON - dt.timedelta(days=1)))

    day, other = run(merchant), run(merchant, day=DAY - dt.timedelta(days=1))

    assert (day.at_bank, day.here) == (0, 0)
    assert (other.at_bank, other.here, other.matched) == (1, 1, 1)
    assert open_ones() == []


def test_another_merchants_books_are_not_mixed_in(books, merchant, account):
    stranger = MerchantFactory(provider=merchant.provider, is_default=False)
    theirs = paid(account=account, amount="9.00", at=NOON, merchant=stranger)
    book(books, theirs)

    run(merchant)

    assert open_ones() == [(DiscrepancyKind.MISSING_HERE, Decimal("9.00"), None)]


def test_the_same_day_again_finds_the_same_once(books, merchant, account):
    book(books, take(account))
    take(account, "77.00")
    books.write("alien", Decimal("5.00"), NOON)
    first = run(merchant)
    before = [*Discrepancy.objects.order_by("pk").values()], BankRecord.objects.count()

    again = run(merchant, at=LATER)

    assert (again.pk, again.matched, again.finished_at) == (first.pk, 1, LATER)
    assert ([*Discrepancy.objects.order_by("pk").values()], BankRecord.objects.count()) == before


def test_a_difference_that_is_there_no_more_is_gone(books, merchant, account):
    late = take(account, "77.00")
    run(merchant)
    book(books, late)

    run(merchant, at=LATER)

    assert open_ones() == []
    assert Discrepancy.objects.get(kind=DiscrepancyKind.MISSING_THERE).gone_at == LATER


def test_a_bank_that_takes_its_row_back_ends_the_difference(books, merchant):
    books.write("alien", Decimal("5.00"), NOON)
    run(merchant)
    books.rows.clear()

    run(merchant, at=LATER)

    assert Discrepancy.objects.get().gone_at == LATER


def test_what_staff_have_closed_stays_closed_until_the_sums_change(books, merchant):
    books.write("alien", Decimal("5.00"), NOON)
    run(merchant)
    Discrepancy.objects.update(closed_at=NEXT, note="нашли")

    run(merchant, at=LATER)
    assert open_ones() == []
    books.rows.clear()
    books.write("alien", Decimal("6.00"), NOON)
    run(merchant, at=LATER)

    assert open_ones() == [(DiscrepancyKind.MISSING_HERE, Decimal("6.00"), None)]


def test_a_bank_that_does_not_answer_leaves_what_was_known_and_is_asked_again(
    books, merchant, account
):
    book(books, take(account))
    run(merchant)
    books.write("alien", Decimal("5.00"), NOON)
    books.is_down = True

    failed = run(merchant, at=LATER)

    assert failed.failure.startswith("Банк не ответил")
    assert (failed.matched, failed.finished_at) == (1, NEXT)
    assert BankRecord.objects.count() == 1
    assert open_ones() == []
    books.is_down = False
    assert run(merchant, at=LATER).failure == ""
    assert open_ones() == [(DiscrepancyKind.MISSING_HERE, Decimal("5.00"), None)]


def test_nothing_of_ours_is_changed_by_a_comparison(books, merchant, account):
    take(account, "77.00")
    before = [*LedgerEntry.objects.values()], [*Attempt.objects.values()]

    run(merchant)

    assert ([*LedgerEntry.objects.values()], [*Attempt.objects.values()]) == before


def test_a_bank_without_a_list_is_asked_about_each_payment_of_ours(books, account, merchant):
    merchant.gateway = listing_bank.SILENT_CODE
    merchant.save()
    entry = take(account, "100.00")
    book(books, entry)
    back = refunded(entry, amount="10.00", at=NOON)
    books.write(back.refund.acquirer_id, Decimal("10.00"), NOON, is_refund=True)
    take(account, "77.00")
    books.write("alien", Decimal("5.00"), NOON)

    day = run(merchant)

    assert (day.at_bank, day.here, day.matched, books.calls) == (2, 3, 2, 3)
    assert open_ones() == [(DiscrepancyKind.MISSING_THERE, None, Decimal("77.00"))]


def test_what_the_provider_has_not_booked_in_time_is_told_until_it_has(books, merchant, account):
    late = take(account, "100.00", at=NOON - dt.timedelta(days=2))
    take(account, "5.00", at=NOON)

    run(merchant)

    assert open_ones(DiscrepancyKind.NOT_POSTED) == [
        (DiscrepancyKind.NOT_POSTED, None, Decimal("100.00")),
    ]
    found = Discrepancy.objects.get(kind=DiscrepancyKind.NOT_POSTED)
    assert (found.entry, found.account, found.key) == (late, account, str(late.public_id))
    late.posted = late.amount
    late.save()
    run(merchant, at=LATER)
    assert open_ones(DiscrepancyKind.NOT_POSTED) == []


@pytest.mark.parametrize(
    ("today", "working_days", "last"),
    [
        (dt.date(2026, 11, 24), 5, dt.date(2026, 11, 16)),
        (dt.date(2026, 11, 20), 1, dt.date(2026, 11, 18)),
        (dt.date(2026, 11, 23), 1, dt.date(2026, 11, 19)),
        (dt.date(2026, 11, 20), 0, dt.date(2026, 11, 19)),
        # The 4th of November is a holiday; the 9th of January was moved there.
        (dt.date(2026, 11, 6), 2, dt.date(2026, 11, 2)),
        (dt.date(2026, 1, 13), 1, dt.date(2026, 1, 11)),
        (dt.date(2026, 1, 13), 2, dt.date(2025, 12, 30)),
    ],
)
def test_the_provider_has_whole_working_days(today, working_days, last):
    since = today - longest_wait(working_days)
    moved = get_moved_days(since=since, until=today)

    assert since <= last
    assert paid_too_long_ago(today, working_days=working_days, moved=moved) == last


def test_a_day_that_is_not_over_is_not_compared(merchant):
    with pytest.raises(reconciliation.DayNotOver):
        reconciliation.reconcile(merchant_id=merchant.pk, day=DAY, at=NOON)

    assert not Reconciliation.objects.exists()


def jobs():
    found = ProcrastinateJob.objects.filter(task_name="payments.reconcile").order_by("id")
    return [job.args["day"] for job in found]


def test_every_morning_the_two_days_before_are_compared_once(merchant):
    night = dt.datetime(2026, 11, 19, 21, 0, tzinfo=dt.UTC)
    assert reconciliation.enqueue_due(at=night) == 0

    assert reconciliation.enqueue_due(at=NEXT) == 2
    assert jobs() == ["2026-11-18", "2026-11-19"]
    reconciliation.enqueue_due(at=NEXT)
    assert len(jobs()) == 2
    run(merchant)
    run(merchant, day=DAY - dt.timedelta(days=1))

    assert reconciliation.enqueue_due(at=LATER) == 0
    assert reconciliation.enqueue_due(at=NEXT + dt.timedelta(days=1)) == 2


def test_a_failed_day_comes_again(books, merchant):
    books.is_down = True
    run(merchant)

    assert reconciliation.enqueue_due(at=LATER) == 2


@pytest.mark.django_db(transaction=True)
def test_a_day_that_somebody_is_comparing_is_left_alone(books, merchant):
    other = connection.copy()
    try:
        locks.wait(running.LOCK.format(merchant.pk, DAY), on=other)

        done = reconciliation.reconcile(merchant_id=merchant.pk, day=DAY, at=NEXT)
    finally:
        other.close()

    assert (done, books.calls) == (False, 0)
    assert not Reconciliation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_process_that_dies_half_way_leaves_the_day_as_it_was(
    books, merchant, account, monkeypatch
):
    book(books, take(account))
    first = run(merchant)
    books.write("alien", Decimal("5.00"), NOON)

    def die(**_arguments):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(running, "compare_with_provider", die)
        with pytest.raises(SystemExit):
            run(merchant, at=LATER)

    first.refresh_from_db()
    assert (first.finished_at, BankRecord.objects.count()) == (NEXT, 1)
    assert open_ones() == []
    assert run(merchant, at=LATER).at_bank == 2
    assert open_ones() == [(DiscrepancyKind.MISSING_HERE, Decimal("5.00"), None)]


# closing


@pytest.fixture
def operator(merchant):
    grants = frozenset({(merchant.provider_id, Role.OPERATOR)})
    return Actor(ActorKind.STAFF, user_id=UserFactory().pk, grants=grants)


@pytest.fixture
def late(merchant, account, books):
    entry = take(account, "100.00", at=NOON - dt.timedelta(days=2))
    run(merchant)
    return entry


def close(actor, note="поставщик подтвердил письмом", *, settles_entry=False):
    found = Discrepancy.objects.get(kind=DiscrepancyKind.NOT_POSTED)
    reconciliation.close_discrepancy(
        actor=actor, discrepancy_id=found.pk, note=note, settles_entry=settles_entry, at=LATER
    )


@pytest.mark.parametrize(("settles", "left"), [(False, "100.00"), (True, "0.00")])
def test_staff_close_a_difference_with_a_word_why(operator, late, settles, left):
    close(operator, settles_entry=settles)

    found = Discrepancy.objects.get(kind=DiscrepancyKind.NOT_POSTED)
    assert (found.closed_at, found.closed_by_id, found.note) == (
        LATER,
        operator.user_id,
        "поставщик подтвердил письмом",
    )
    assert LedgerEntry.objects.get(pk=late.pk).unconfirmed == Decimal(left)
    entry = AuditEntry.objects.get(action="payments.discrepancy.close")
    assert entry.details["settles_entry"] is settles


@pytest.mark.parametrize("note", ["", "  ", "я" * 301])
def test_without_a_word_why_nothing_is_closed(operator, late, note):
    with pytest.raises(reconciliation.NoteMissing):
        close(operator, note, settles_entry=True)

    assert LedgerEntry.objects.get(pk=late.pk).closed_at is None
    assert not Discrepancy.objects.exclude(closed_at=None).exists()


def test_what_is_closed_is_not_closed_again(operator, late):
    close(operator)

    with pytest.raises(reconciliation.DiscrepancyClosed):
        close(operator, "ещё раз", settles_entry=True)

    assert LedgerEntry.objects.get(pk=late.pk).closed_at is None


def test_people_of_another_provider_close_nothing_and_start_nothing(merchant, late):
    grants = frozenset({(ProviderFactory().pk, Role.ADMINISTRATOR)})
    stranger = Actor(ActorKind.STAFF, user_id=UserFactory().pk, grants=grants)
    day = Reconciliation.objects.get()

    with pytest.raises(DiscrepancyNotFound):
        close(stranger)
    with pytest.raises(reconciliation.ReconciliationNotFound):
        reconciliation.order_again(actor=stranger, reconciliation_id=day.pk, at=LATER)

    assert not Discrepancy.objects.exclude(closed_at=None).exists()
    assert jobs() == []


def test_staff_have_a_day_compared_again(operator, late):
    day = Reconciliation.objects.get()

    reconciliation.order_again(actor=operator, reconciliation_id=day.pk, at=LATER)

    assert jobs() == ["2026-11-19"]
    assert AuditEntry.objects.filter(action="payments.reconcile.again").exists()

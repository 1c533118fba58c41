"""The provider's payments confirm ours by their number, and only that (XCH-10, PAY-47)."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from kabinet.accounts.models import Account
from kabinet.billing.models import PostedPayment
from kabinet.exchange.enums import ImportMode
from kabinet.exchange.operations import import_bundle
from kabinet.exchange.report import Options
from kabinet.kernel.actors import SYSTEM
from kabinet.payments.enums import DiscrepancyKind
from kabinet.payments.models import Discrepancy, LedgerEntry
from tests.exchange.bundles import Bundle
from tests.factories import NOON, AccountFactory, ProviderFactory
from tests.factories.payments import paid, refunded

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "account;id;received_on;processed_on;amount;source;portal_id"


@pytest.fixture
def account():
    return AccountFactory(provider=ProviderFactory(code="gas", style="A"), number="1001")


@pytest.fixture
def post(tmp_path):
    """Take in a file of payments with these rows and give the run's report."""

    def run(*rows, header=HEADER, **options):
        bundle = Bundle()
        bundle.files = {"payments": [header, *rows]}
        path = bundle.folder(tmp_path / uuid.uuid4().hex)
        return import_bundle(
            actor=SYSTEM, path=path, provider_code="gas", options=_options(**options), at=NOON
        )

    return run


def _options(mode="strict", dry_run=False):
    return Options(mode=ImportMode(mode), dry_run=dry_run)


def booked(portal_id, amount, *, number="p1", account="1001"):
    return f"{account};{number};2026-11-20;2026-11-21;{amount};Личный кабинет;{portal_id}"


def state_of(entry):
    entry = LedgerEntry.objects.get(pk=entry.pk)
    return entry.posted, entry.unconfirmed, entry.confirmed_at is not None


def found():
    """Every difference that is there now, with its sums."""
    rows = Discrepancy.objects.filter(gone_at=None).order_by("kind")
    return [*rows.values_list("kind", "own_amount", "posted_amount")]


def test_the_providers_row_confirms_the_payment_it_names(account, post):
    entry, other = paid(account=account, amount="300.00"), paid(account=account, amount="50.00")

    report = post(booked(entry.public_id, "300.00"))

    assert (report.status, report.warnings_total) == ("imported", 0)
    assert state_of(entry) == (Decimal("300.00"), Decimal("0.00"), True)
    assert state_of(other) == (Decimal("0.00"), Decimal("50.00"), False)
    assert found() == []


def test_the_same_file_again_changes_nothing(account, post):
    entry = paid(account=account, amount="300.00")
    rows = [booked(entry.public_id, "200.00"), booked(uuid.uuid4(), "5.00", number="p2")]
    post(*rows)
    before = [*Discrepancy.objects.order_by("pk").values()]

    report = post(*rows)

    assert report.status == "unchanged"
    assert state_of(entry) == (Decimal("200.00"), Decimal("100.00"), True)
    assert [*Discrepancy.objects.order_by("pk").values()] == before


def test_a_payment_booked_in_several_rows_is_their_sum(account, post):
    entry = paid(account=account, amount="300.00")

    post(booked(entry.public_id, "100.00"), booked(entry.public_id, "200.00", number="p2"))

    assert state_of(entry) == (Decimal("300.00"), Decimal("0.00"), True)
    assert found() == []


def test_a_row_taken_back_by_the_provider_is_subtracted_from_the_sum_due_again(account, post):
    entry = paid(account=account, amount="300.00")
    post(booked(entry.public_id, "300.00"))

    post(booked(entry.public_id, "-300.00", number="p2"))

    assert state_of(entry) == (Decimal("0.00"), Decimal("300.00"), False)


@pytest.mark.parametrize("amount", ["-120.00", "120.00"])
def test_a_return_is_confirmed_whichever_sign_the_provider_writes(account, post, amount):
    entry = paid(account=account, amount="300.00")
    back = refunded(entry, amount="120.00")

    post(booked(entry.public_id, "300.00"), booked(back.public_id, amount, number="p2"))

    assert state_of(back) == (Decimal("120.00"), Decimal("0.00"), True)
    assert found() == []


def test_another_sum_is_reported_and_the_rest_is_not_lost(account, post):
    entry = paid(account=account, amount="300.00")

    report = post(booked(entry.public_id, "200.00"))

    assert report.status == "imported"
    assert state_of(entry) == (Decimal("200.00"), Decimal("100.00"), True)
    assert found() == [
        (DiscrepancyKind.POSTED_OTHER_SUM, Decimal("300.00"), Decimal("200.00")),
    ]


def test_more_than_was_paid_is_reported_and_takes_nothing_off(account, post):
    entry = paid(account=account, amount="300.00")

    post(booked(entry.public_id, "301.00"))

    assert state_of(entry) == (Decimal("301.00"), Decimal("0.00"), True)
    assert found() == [(DiscrepancyKind.POSTED_OTHER_SUM, Decimal("300.00"), Decimal("301.00"))]


def test_a_mended_file_moves_it_and_the_difference_is_gone(account, post):
    entry = paid(account=account, amount="300.00")
    post(booked(entry.public_id, "200.00"))
    first = LedgerEntry.objects.get().confirmed_at

    post(booked(entry.public_id, "300.00"))

    assert state_of(entry) == (Decimal("300.00"), Decimal("0.00"), True)
    assert found() == []
    assert Discrepancy.objects.get().gone_at is not None
    assert LedgerEntry.objects.get().confirmed_at == first


def test_a_row_that_comes_to_name_another_payment_frees_the_first(account, post):
    wrong, right = paid(account=account, amount="300.00"), paid(account=account, amount="300.00")
    post(booked(wrong.public_id, "300.00"))

    post(booked(right.public_id, "300.00"))

    assert state_of(wrong) == (Decimal("0.00"), Decimal("300.00"), False)
    assert state_of(right) == (Decimal("300.00"), Decimal("0.00"), True)


def test_a_file_without_the_column_leaves_everything_confirmed(account, post):
    entry = paid(account=account, amount="300.00")
    post(booked(entry.public_id, "300.00"))
    header = "account;id;received_on;processed_on;amount;source"

    report = post("1001;p1;2026-11-20;2026-11-22;300.00;Личный кабинет", header=header)

    assert report.files["payments"]["updated"] == 1
    assert state_of(entry) == (Decimal("300.00"), Decimal("0.00"), True)


def _of_nobody(_account):
    return uuid.uuid4()


def _of_another_provider(_account):
    return paid(account=AccountFactory(number="1001")).public_id


def _of_another_account(account):
    return paid(account=AccountFactory(provider=account.provider, number="1002")).public_id


@pytest.mark.parametrize("whose", [_of_nobody, _of_another_provider, _of_another_account])
def test_a_number_that_is_not_this_accounts_is_taken_in_and_pointed_out(account, post, whose):
    portal_id = whose(account)

    report = post(booked(portal_id, "300.00"))

    assert (report.status, report.errors_total) == ("imported", 0)
    (warning,) = report.warnings
    assert (warning.file, warning.line, warning.column, warning.value, warning.code) == (
        "payments",
        2,
        "portal_id",
        str(portal_id),
        "unknown_reference",
    )
    assert PostedPayment.objects.get().amount == Decimal("300.00")
    assert not LedgerEntry.objects.exclude(posted=0).exists()
    assert found() == [(DiscrepancyKind.POSTED_UNKNOWN, None, Decimal("300.00"))]
    assert Discrepancy.objects.get().provider_id == account.provider_id


def test_an_unknown_number_that_is_mended_is_gone(account, post):
    entry = paid(account=account, amount="300.00")
    post(booked(uuid.uuid4(), "300.00"))

    post(booked(entry.public_id, "300.00"))

    assert found() == []
    assert state_of(entry) == (Decimal("300.00"), Decimal("0.00"), True)


def test_a_closed_difference_stays_closed_until_its_sums_change(account, post):
    entry = paid(account=account, amount="300.00")
    post(booked(entry.public_id, "200.00"))
    Discrepancy.objects.update(closed_at=NOON)

    post(booked(entry.public_id, "200.00"))
    assert Discrepancy.objects.get().closed_at == NOON
    post(booked(entry.public_id, "210.00"))

    assert Discrepancy.objects.get().closed_at is None


def test_a_trial_run_and_a_refused_file_confirm_nothing(account, post):
    entry = paid(account=account, amount="300.00")

    post(booked(entry.public_id, "300.00"), dry_run=True)
    report = post(booked(entry.public_id, "300.00"), booked(uuid.uuid4(), "x", number="p2"))

    assert report.status == "refused"
    assert state_of(entry) == (Decimal("0.00"), Decimal("300.00"), False)
    assert found() == []


def test_a_bad_row_of_a_partial_file_confirms_nothing(account, post):
    entry = paid(account=account, amount="300.00")

    report = post(
        booked(entry.public_id, "300.00", account="9999"),
        "1001;p2;2026-11-20;;7.00;Касса;",
        mode="partial",
    )

    assert report.status == "partial"
    assert state_of(entry) == (Decimal("0.00"), Decimal("300.00"), False)
    assert Account.objects.count() == 1

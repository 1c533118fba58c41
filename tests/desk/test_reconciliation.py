"""The daily comparison at the desk: days, differences, what three books say, closing (PAY-46, OPX-19, OPX-33)."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from kabinet.kernel.actors import Role
from kabinet.kernel.models import AuditEntry
from kabinet.payments.enums import DiscrepancyKind
from kabinet.payments.models import BankRecord, Discrepancy, LedgerEntry, Reconciliation
from kabinet.providers.models import StaffMember
from tests.clock import NOW
from tests.factories import AccountFactory, PostedPaymentFactory, ProviderFactory, UserFactory
from tests.factories.payments import MerchantFactory, paid

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
DAYS, LIST, HOME = (
    reverse("desk-reconciliation"),
    reverse("desk-discrepancies"),
    reverse("desk-home"),
)
DAY = dt.date(2026, 11, 19)
ROLES = [Role.OPERATOR, Role.INTEGRATOR, Role.ADMINISTRATOR]


@pytest.fixture
def provider():
    return ProviderFactory(name="АО «Озёрскгаз»")


@pytest.fixture
def merchant(provider):
    return MerchantFactory(provider=provider, payee_name="ООО «Газ Пример»")


@pytest.fixture
def work_as(client, provider):
    def start(role=Role.OPERATOR, at=None):
        user = UserFactory(email=f"{role}@example.ru")
        StaffMember.objects.create(provider=at or provider, user=user, role=role)
        client.force_login(user)
        return user

    return start


def compared(merchant, day=DAY, **changed):
    figures = {"at_bank": 3, "here": 3, "matched": 2, "bank_sum": 350, "own_sum": 345, **changed}
    finished = {"started_at": NOW, "finished_at": NOW}
    return Reconciliation.objects.create(merchant=merchant, day=day, **{**finished, **figures})


def differs(merchant, kind=DiscrepancyKind.MISSING_HERE, key="paid:1:alien", **changed):
    return Discrepancy.objects.create(
        merchant=merchant,
        provider_id=merchant.provider_id,
        kind=kind,
        key=key,
        **{"day": DAY, "acquirer_id": "alien", "found_at": NOW, **changed},
    )


def late(merchant, posted="0.00"):
    """A payment that the provider has booked in part, or not at all."""
    account = AccountFactory(provider=merchant.provider, number="00510080")
    entry = paid(account=account, amount="300.00", merchant=merchant)
    entry.posted = Decimal(posted)
    entry.save()
    kind = DiscrepancyKind.POSTED_OTHER_SUM if entry.posted else DiscrepancyKind.NOT_POSTED
    return differs(
        merchant,
        kind,
        key=str(entry.public_id),
        entry=entry,
        account=account,
        acquirer_id=entry.attempt.acquirer_id,
        own_amount=entry.amount,
        posted_amount=entry.posted or None,
    )


def page_of(found):
    return reverse("desk-discrepancy", kwargs={"discrepancy_id": found.pk})


def text_of(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


@pytest.mark.parametrize("role", ROLES)
def test_staff_see_the_days_with_figures_and_differences(client, work_as, merchant, role):
    compared(merchant)
    differs(merchant, bank_amount=Decimal("77.00"))
    work_as(role)

    response = client.get(DAYS)

    (line,) = response.context["days"]
    assert (line["row"].at_bank, line["row"].here, line["row"].matched) == (3, 3, 2)
    assert line["open"] == [(DiscrepancyKind.MISSING_HERE, 1)]
    assert "есть в банке, нет у нас: 1</a>" in text_of(response)


def test_a_day_without_differences_says_so_and_a_failed_one_why(client, work_as, merchant):
    compared(merchant)
    compared(merchant, DAY - dt.timedelta(days=1), failure="Банк не ответил.", finished_at=None)
    work_as()

    text = text_of(client.get(DAYS))

    assert '<span class="kb-tag done">нет</span>' in text
    assert '<span class="kb-tag late">не сверено</span> Банк не ответил.' in text


def test_where_the_bank_gives_no_list_the_page_says_so(client, work_as, merchant):
    merchant.gateway = "tbank"
    merchant.save()
    compared(merchant)
    work_as()

    assert "Банк не отдаёт список" in text_of(client.get(DAYS))


def test_a_day_is_compared_again_when_staff_ask(client, work_as, merchant):
    day = compared(merchant)
    work_as()
    again = reverse("desk-reconciliation-again", kwargs={"reconciliation_id": day.pk})

    assert client.get(again).status_code == 405
    response = client.post(again)

    assert response.status_code == 302
    job = ProcrastinateJob.objects.get(task_name="payments.reconcile")
    assert job.args == {"merchant_id": merchant.pk, "day": "2026-11-19"}


def test_differences_are_filtered_by_kind_state_payee_and_day(client, work_as, merchant):
    here = differs(merchant)
    there = differs(merchant, DiscrepancyKind.MISSING_THERE, key="attempt:1")
    closed = differs(merchant, key="paid:1:old", closed_at=NOW, note="нашли")
    gone = differs(merchant, key="paid:1:gone", gone_at=NOW, day=DAY - dt.timedelta(days=5))
    work_as()

    def shown(**search):
        rows = client.get(LIST, search).context["rows"]
        return {line["row"].id for line in rows}

    assert shown() == {here.pk, there.pk}
    assert shown(kind="missing_there") == {there.pk}
    assert shown(standing="closed") == {closed.pk}
    assert shown(standing="gone") == {gone.pk}
    assert shown(standing="all") == {here.pk, there.pk, closed.pk, gone.pk}
    assert shown(standing="all", last="2026-11-15") == {gone.pk}
    assert shown(payee=str(merchant.pk)) == {here.pk, there.pk}


def test_filters_that_make_no_sense_are_refused_in_words(client, work_as, merchant):
    differs(merchant)
    work_as()

    response = client.get(LIST, {"kind": "x", "first": "вчера"})

    assert response.status_code == 422
    assert client.get(reverse("desk-discrepancies-csv"), {"kind": "x"}).status_code == 302


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_differences_are_taken_away_as_a_table(client, work_as, merchant, kind):
    differs(merchant, bank_amount=Decimal("77.00"))
    work_as()

    response = client.get(reverse(f"desk-discrepancies-{kind}"))

    if kind == "csv":
        row = response.content.decode("utf-8-sig").splitlines()[1].split(";")
    else:
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        row = [cell.value for cell in book.active[2]]
    assert row[1] == "есть в банке, нет у нас"
    assert row[7] == ("77,00" if kind == "csv" else 77)
    assert response["Cache-Control"] == "private, no-store"


def test_a_difference_shows_what_each_book_says(client, work_as, merchant):
    found = late(merchant, posted="200.00")
    PostedPaymentFactory(
        account=found.account, portal_id=found.entry.public_id, amount=200, external_id="Б-17"
    )
    BankRecord.objects.create(
        reconciliation=compared(merchant),
        kind="paid",
        acquirer_id=found.acquirer_id,
        amount=Decimal("300.00"),
        happened_at=NOW,
    )
    work_as()

    text = text_of(client.get(page_of(found)))

    for said in ("300,00 ₽", "200,00 ₽", "Б-17", "00510080", "100,00 ₽", "открыть платёж"):
        assert said in text
    assert AuditEntry.objects.filter(action="payments.discrepancy.look").count() == 1


@pytest.mark.parametrize(("settles", "left"), [("", "300.00"), ("on", "0.00")])
def test_staff_close_a_difference_with_a_word(client, work_as, merchant, settles, left):
    found, user = late(merchant), work_as()

    response = client.post(page_of(found), {"note": "письмо № 5", "settles_entry": settles})

    assert response.status_code == 302
    found.refresh_from_db()
    assert (found.note, found.closed_by_id) == ("письмо № 5", user.pk)
    assert LedgerEntry.objects.get().unconfirmed == Decimal(left)
    text = text_of(client.get(page_of(found)))
    assert "operator@example.ru" in text
    assert "Закрыть расхождение" not in text


def test_without_a_word_nothing_is_closed(client, work_as, merchant):
    found, _user = late(merchant), work_as()

    response = client.post(page_of(found), {"note": " ", "settles_entry": "on"})

    assert response.status_code == 422
    found.refresh_from_db()
    assert found.closed_at is None
    assert LedgerEntry.objects.get().closed_at is None


def test_closing_twice_is_refused(client, work_as, merchant):
    found = late(merchant)
    found.closed_at = NOW
    found.save()
    work_as()

    assert client.post(page_of(found), {"note": "ещё раз"}).status_code == 409


def test_a_difference_with_the_bank_offers_no_word_about_the_sum_due(client, work_as, merchant):
    found, _user = differs(merchant, bank_amount=Decimal("77.00")), work_as()

    assert "settles_entry" not in client.get(page_of(found)).content.decode()


def test_people_of_another_provider_find_nothing(client, work_as, merchant):
    day, found = compared(merchant), late(merchant)
    work_as(Role.ADMINISTRATOR, at=ProviderFactory())

    assert client.get(DAYS).context["days"] == []
    assert client.get(LIST).context["rows"] == []
    assert client.get(LIST, {"payee": str(merchant.pk)}).status_code == 422
    assert client.get(page_of(found)).status_code == 404
    assert client.post(page_of(found), {"note": "чужое"}).status_code == 404
    again = reverse("desk-reconciliation-again", kwargs={"reconciliation_id": day.pk})
    assert client.post(again).status_code == 404
    found.refresh_from_db()
    assert found.closed_at is None
    assert not ProcrastinateJob.objects.filter(task_name="payments.reconcile").exists()


def test_customers_do_not_get_in(client, merchant):
    client.force_login(UserFactory())

    assert {client.get(page).status_code for page in (DAYS, LIST)} == {403}


def test_the_desk_tells_how_many_wait(client, work_as, merchant):
    work_as()
    assert "Открытых расхождений с банком и поставщиком нет." in text_of(client.get(HOME))

    differs(merchant)

    assert "Не сошлось с банком или поставщиком: 1 расхождение." in text_of(client.get(HOME))


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_take_the_same_queries_however_much_there_is(
    client, work_as, merchant, django_assert_num_queries, count
):
    for number in range(count):
        compared(merchant, DAY - dt.timedelta(days=number))
        differs(merchant, key=f"paid:1:{number}", day=DAY - dt.timedelta(days=number))
    work_as()
    client.get(DAYS)

    with django_assert_num_queries(6):  # session, user, grants, providers; days, differences
        assert len(client.get(DAYS).context["days"]) == count
    # The frame's four, payees, the differences, and a transaction of two for the trail.
    with django_assert_num_queries(8):
        assert len(client.get(LIST).context["rows"]) == count

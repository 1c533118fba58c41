"""What billing systems should not send and do: each page says what it can, and nothing that is not so."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.accounts.queries import get_linked_accounts
from kabinet.billing import queries
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from tests.factories import (
    AccountFactory,
    BillFactory,
    BillLineFactory,
    MeterFactory,
    PostedPaymentFactory,
    ProviderFactory,
)

pytestmark = pytest.mark.django_db
THIS = Period.of(timezone.localdate())
LAST = THIS.plus(-1)
PAGES = ("bills", "charges", "settlements", "payments", "events", "tariffs")
NOTE = "Итог показан таким, каким его передал поставщик."


def words(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def page(client, account, name, **query):
    month = {"month": str(query.pop("month"))} if "month" in query else {}
    return words(
        client.get(
            reverse(name, kwargs={"account_id": account.public_id, **month}, query=query or None)
        )
    )


def bill(account, period=LAST, **sums):
    values = {
        name: Decimal(value) if isinstance(value, str) else value for name, value in sums.items()
    }
    return BillFactory(account=account, period=period.first_day, **values)


def due_of(user, account):
    actor = Actor.customer(user.pk)
    (row,) = [one for one in get_linked_accounts(actor=actor) if one.id == account.pk]
    return queries.get_due(actor=actor, account=row, at=timezone.now())


# totals that do not fit


def test_a_total_off_its_formula_is_shown_as_given_and_said_to_differ(client, account):
    bill(account, opening="815.00", charged="763.00", paid="815.00", total="963.00")

    shown = page(client, account, "charges-month", month=LAST)

    assert "963,00 ₽" in shown
    assert f"{NOTE} Он на 200,00 ₽ больше, чем выходит из сумм счёта." in shown


def test_a_total_off_its_lines_is_said_to_differ(client, account):
    wrong = bill(account, opening="0", charged="100.00", total="100.00")
    BillLineFactory(bill=wrong, charged=Decimal(90), opening=Decimal(0), closing=Decimal(90))

    assert "Он на 10,00 ₽ больше" in page(client, account, "charges-month", month=LAST)


def test_a_total_may_be_too_small_as_well(client, account):
    bill(account, opening="100.00", charged="50.00", total="120.00")

    assert "Он на 30,00 ₽ меньше" in page(client, account, "charges-month", month=LAST)


@pytest.mark.parametrize(
    "sums",
    [
        {"opening": "10.00", "charged": "5.00", "paid": "3.00", "total": "12.00"},
        {"opening": "10.00", "charged": "5.00", "adjusted": "-1.00", "benefit": "2.00", "total": "12.00"},
        {"opening": "7.00", "paid": "3.00", "charged": "5.00", "total": "12.00", "opening_is_net": True},
        {"opening": "0", "charged": "5.00", "total": "99.00", "final": False},
    ],
)  # fmt: skip
def test_a_total_that_fits_or_is_not_final_needs_no_word(client, account, sums):
    bill(account, **sums)

    assert NOTE not in page(client, account, "charges-month", month=LAST)


@pytest.mark.parametrize(("clamps", "is_told"), [(True, False), (False, True)])
def test_overpaid_rows_explain_a_larger_total_only_where_they_count_as_nothing(
    client, user, clamps, is_told
):
    account = AccountFactory(
        provider=ProviderFactory(policy__clamp_negative_rows=clamps), holders=[user]
    )
    bill(account, opening="100.00", charged="0", total="120.00")

    assert (NOTE in page(client, account, "charges-month", month=LAST)) is is_told


# months that are not as months should be


def test_a_reopened_month_is_named_open_and_owes_nothing_final(client, user, account):
    bill(account, LAST, opening="20.00", charged="11.00", total="31.00")
    bill(account, LAST.plus(-1), opening="10.00", charged="10.00", total="20.00", final=False)

    listed = page(client, account, "bills", year=LAST.plus(-1).year)

    assert "месяц не закрыт" in listed
    assert due_of(user, account).amount == Money(Decimal("31.00"))
    month = page(client, account, "charges-month", month=LAST.plus(-1))
    assert "Месяц ещё не закрыт" in month


def test_a_bill_of_a_month_to_come_is_listed_and_does_not_hide_the_debt(client, user, account):
    bill(account, LAST, opening="0", charged="314.00", total="314.00")
    bill(account, THIS.plus(3), opening="314.00", charged="999.00", total="1313.00")

    due = due_of(user, account)

    assert (due.amount, due.period) == (Money(Decimal("314.00")), LAST)
    year = THIS.plus(3).year
    assert "за будущий месяц" in page(client, account, "bills", year=year)
    newest = client.get(reverse("bills", kwargs={"account_id": account.public_id}))
    assert newest.context["year"] == (year if year == THIS.year else LAST.year)
    assert "начислено 314,00 ₽" in page(client, account, "charges")
    assert "Этот месяц ещё не наступил" in page(
        client, account, "charges-month", month=THIS.plus(3)
    )
    assert "1 313,00" not in page(client, account, "events")


def test_the_bill_of_the_current_month_is_no_bill_of_the_future(client, user, account):
    bill(account, THIS, opening="0", charged="50.00", total="50.00")

    assert due_of(user, account).amount == Money(Decimal("50.00"))
    assert "за будущий месяц" not in page(client, account, "bills")


def test_a_charge_taken_back_keeps_its_minus_everywhere(client, account):
    back = bill(account, opening="1550.00", charged="-620.00", total="930.00")
    BillLineFactory(
        bill=back, charged=Decimal(-620), opening=Decimal(1550), closing=Decimal(930),
        volume=Decimal(-465),
    )  # fmt: skip

    for name in ("bills", "charges", "settlements", "events"):
        assert "−620,00 ₽" in page(client, account, name)
    assert "−465 м³" in page(client, account, "settlements")


# what is missing


def test_a_bill_without_lines_speaks_for_all_services(client, account):
    bill(account, charged="76.00", total="76.00")

    assert "Все услуги вместе" in page(client, account, "settlements")
    assert "Все услуги вместе" in page(client, account, "settlements", by="supplier")
    assert "Разбивки по услугам нет" in page(client, account, "charges-month", month=LAST)


@pytest.mark.parametrize("name", PAGES)
def test_an_account_of_which_nothing_came_says_so_on_every_page(client, account, name):
    MeterFactory(account=account)

    shown = page(client, account, name)

    assert "пока нет" in shown
    assert "0,00 ₽" not in shown


def test_an_account_with_payments_only_shows_them_and_owes_nothing_known(client, user, account):
    PostedPaymentFactory(
        account=account, received_on=LAST.first_day, amount=Decimal("2500.00"), processed_on=None
    )

    assert due_of(user, account).amount is None
    assert "Последний платёж — 2 500,00 ₽" in page(client, account, "payments")
    assert "принят" in page(client, account, "payments")
    assert "2 500,00 ₽" in page(client, account, "events")
    assert "Счетов пока нет" in page(client, account, "bills")
    assert "Поставщик ещё не передал сумму" in page(client, account, "bills")


# searches beyond the history


@pytest.mark.parametrize(
    ("name", "note", "since"),
    [
        ("charges", "Поставщик показывает начисления с", {"first": "2001-01", "last": str(LAST)}),
        ("payments", "Поставщик показывает платежи с", {"first": "2001-01-01"}),
    ],
)
def test_a_longer_range_is_cut_with_a_note(client, account, name, note, since):
    PostedPaymentFactory(account=account, received_on=LAST.first_day)
    bill(account)
    bill(account, THIS.plus(-37))

    assert note in page(client, account, name, **since)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("charges", "2026-05", "2026-04"), ("payments", "2026-05-02", "2026-05-01")],
)
def test_a_range_that_ends_before_it_starts_is_an_error_beside_its_field(
    client, account, name, first, last
):
    response = client.get(
        reverse(
            name, kwargs={"account_id": account.public_id}, query={"first": first, "last": last}
        )
    )

    assert response.status_code == 422
    assert response.context["form"].errors.get_json_data() == {
        "last": [{"message": "Начало позже конца: поменяйте их местами.", "code": ""}]
    }
    assert 'id="id_last"' in response.content.decode()
    assert 'aria-invalid="true"' in response.content.decode()

"""Lists: newest first, filtered, page by page to the end."""

from __future__ import annotations

import pytest
from yookassa import Payment, Refund

from tests.sandbox.bank import samples
from tests.sandbox.bank.shop import ask


@pytest.fixture
def made(bank):
    """Seven payments, a minute apart; each third is paid."""
    ids = []
    for number in range(7):
        bank.post("/clock", seconds=60)
        payment = Payment.create(samples.payment(f"{number + 1}.00"))
        if number % 3 == 0:
            bank.pay(payment.id)
        ids.append(payment.id)
    return ids


def _ids(query):
    return [one.id for one in Payment.list(query).items]


def test_the_newest_come_first_ten_at_a_time(bank, made):
    for number in range(6):
        Payment.create(samples.payment(f"{number + 10}.00"))

    page = Payment.list({})

    assert (page.type, len(page.items)) == ("list", 10)
    assert [str(one.amount.value) for one in page.items][:2] == ["15.00", "14.00"]
    assert page.next_cursor == page.items[-1].id


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_the_cursor_leads_to_every_row_once(made, limit):
    seen, cursor = [], None
    while True:
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = Payment.list(query)
        seen += [one.id for one in page.items]
        cursor = page.next_cursor
        if not cursor:
            break
        Payment.create(samples.payment("99.00"))  # what comes meanwhile shifts no page

    assert seen == made[::-1]


def test_rows_are_chosen_by_time(made):
    times = [Payment.find_one(one).created_at for one in made]

    assert _ids({"created_at.gte": times[2], "created_at.lt": times[4]}) == [made[3], made[2]]
    assert _ids({"created_at.gt": times[2], "created_at.lte": times[4]}) == [made[4], made[3]]
    captured = Payment.find_one(made[3]).captured_at
    assert _ids({"captured_at.gte": captured}) == [made[6], made[3]]
    assert _ids({"captured_at.lt": captured}) == [made[0]]


def test_rows_are_chosen_by_state_and_method(bank, made):
    sbp = Payment.create(samples.payment(payment_method_data={"type": "sbp"}))

    assert _ids({"status": "succeeded"}) == [made[6], made[3], made[0]]
    assert _ids({"payment_method": "sbp"}) == [sbp.id]
    page = Payment.list({"status": "succeeded", "limit": 2})
    rest = Payment.list({"status": "succeeded", "limit": 2, "cursor": page.next_cursor})
    assert [one.id for one in [*page.items, *rest.items]] == [made[6], made[3], made[0]]
    assert rest.next_cursor is None


def test_refunds_are_listed_by_payment(bank, made):
    first, second = (
        Refund.create({"payment_id": one, "amount": samples.money("0.50")})
        for one in (made[0], made[3])
    )

    assert [one.id for one in Refund.list({}).items] == [second.id, first.id]
    assert [one.id for one in Refund.list({"payment_id": made[0]}).items] == [first.id]
    assert Refund.list({"status": "canceled"}).items == []


WRONG = ["limit=0", "limit=101", "limit=ten", "created_at.gte=yesterday", "cursor=x", "sort=asc"]


@pytest.mark.parametrize("query", WRONG)
def test_a_wrong_list_is_refused(bank, query):
    status, answer = ask(bank, "GET", f"/payments?{query}")

    assert (status, answer["parameter"]) == (400, query.split("=")[0])

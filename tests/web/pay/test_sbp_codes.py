"""The code of an SBP payment: shown, saved as a picture, renewed; nothing is paid by looking at it (PAY-13)."""

from __future__ import annotations

import datetime as dt
import zlib

import pytest
import zxingcpp
from django.urls import reverse
from django.utils import timezone

from kabinet.kernel import qr
from kabinet.payments.models import Attempt
from kabinet.payments.operations.attempts import check, pay
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.providers.enums import PayMethod
from kabinet.web.pay.code_image import DOTS, QUIET, as_png
from tests.clock import NOW
from tests.factories import UserFactory
from tests.payments.payers import ledger, line, linked_account, order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books", "stopped_clock")]
PAYLOAD = "https://qr.nspk.ru/AS10003P3RH0LJ2A9ROO038L6NT5RU1M"


@pytest.fixture
def payer(books, client):
    actor, account, _merchant = linked_account()
    client.force_login(UserFactory._meta.model.objects.get(pk=actor.user_id))
    return actor, account


def paying(payer, method=PayMethod.SBP):
    actor, account = payer
    checkout_id = open_checkout(actor=actor, order=order(line(account), method=method), at=NOW)
    attempt = Attempt.objects.get(pk=pay(actor=actor, checkout_id=checkout_id, at=NOW))
    return checkout_id, attempt


def get(client, name, checkout_id):
    return client.get(reverse(name, kwargs={"checkout_id": checkout_id}))


def modules(png):
    """The rows of the code in the picture, its quiet zone taken off."""
    start = png.index(b"IDAT") + 4
    size = int.from_bytes(png[start - 8 : start - 4], "big")
    width = int.from_bytes(png[16:20], "big")
    lines = zlib.decompress(png[start : start + size])
    stride = 1 + width // 8
    rows = [lines[top + 1 : top + stride] for top in range(0, len(lines), stride * DOTS)]
    text = ["".join("0" if dots else "1" for dots in row) for row in rows]
    return [row[QUIET:-QUIET] for row in text[QUIET:-QUIET]]


def test_the_code_is_saved_as_a_picture_with_the_payment_in_it(client, payer):
    checkout_id, _attempt = paying(payer)
    address = reverse("checkout-code", kwargs={"checkout_id": checkout_id})
    assert f'href="{address}" download' in get(client, "checkout", checkout_id).content.decode()

    answer = get(client, "checkout-code", checkout_id)

    assert answer["Content-Type"] == "image/png"
    assert answer["Cache-Control"] == "private, no-store"
    assert modules(answer.content) == list(qr.encode(PAYLOAD.encode()))


def test_a_picture_is_read_back_by_a_reader_of_codes():
    rows = modules(as_png(qr.encode(PAYLOAD.encode())))
    side = len(rows) + 2 * QUIET
    blank = bytes([255]) * side * QUIET
    pad = bytes([255]) * QUIET
    grey = b"".join(pad + bytes(0 if dot == "1" else 255 for dot in row) + pad for row in rows)
    image = memoryview(blank + grey + blank).cast("B", (side, side))

    assert [found.text for found in zxingcpp.read_barcodes(image)] == [PAYLOAD]


@pytest.mark.parametrize("method", [PayMethod.CARD, PayMethod.SBP])
def test_without_a_payment_that_waits_there_is_no_picture(client, payer, books, method):
    checkout_id, attempt = paying(payer, method)
    if method is PayMethod.SBP:
        books.pay(attempt.acquirer_id)
        check(attempt_id=attempt.pk, at=NOW)

    assert get(client, "checkout-code", checkout_id).status_code == 404


def test_anothers_code_is_not_there(client, payer, client_factory):
    checkout_id, _attempt = paying(payer)
    stranger = client_factory()
    stranger.force_login(UserFactory())

    assert get(stranger, "checkout-code", checkout_id).status_code == 404
    assert get(client_factory(), "checkout-code", checkout_id).status_code == 404


def test_an_unpaid_code_changes_nothing(client, payer):
    checkout_id, _attempt = paying(payer)

    for name in ("checkout", "checkout-code", "checkout-back"):
        get(client, name, checkout_id)

    assert ledger(payer[1]) == []


def test_an_expired_code_gives_way_to_a_new_one(client, payer, books, monkeypatch):
    checkout_id, first = paying(payer)
    books.expire(first.acquirer_id)
    monkeypatch.setattr(timezone, "now", lambda: NOW + dt.timedelta(minutes=30))
    page = get(client, "checkout", checkout_id).content.decode()
    assert "Время на оплату вышло, деньги не списаны." in page
    assert "QR-код для оплаты" not in page

    on = reverse("checkout-carry-on", kwargs={"checkout_id": checkout_id})
    answer = client.post(on, follow=True)

    assert "QR-код для оплаты через СБП" in answer.content.decode()
    second = Attempt.objects.order_by("pk").last()
    assert second.acquirer_id != first.acquirer_id
    books.pay(second.acquirer_id)
    check(attempt_id=second.pk, at=NOW)
    assert ledger(payer[1]) == [("paid", second.amount)]

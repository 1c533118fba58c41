"""References of the large tables are held by the database, by the statement (kernel.references)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from kabinet.billing.models import BillLine, PostedPayment
from kabinet.metering.models import Reading
from tests.factories import (
    AccountFactory,
    BillFactory,
    BillLineFactory,
    MeterFactory,
    PostedPaymentFactory,
    ReadingFactory,
)

pytestmark = pytest.mark.django_db
NOBODY = 999_999_999


@pytest.mark.parametrize("column", ["service_id", "supplier_id"])
def test_line_cannot_come_to_point_nowhere(column):
    line = BillLineFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        BillLine.objects.filter(bill=line.bill).update(**{column: NOBODY})


def test_payment_of_no_account_is_not_written():
    with pytest.raises(IntegrityError), transaction.atomic():
        PostedPayment.objects.bulk_create(
            [PostedPaymentFactory.build(account=None, account_id=NOBODY)]
        )

    assert not PostedPayment.objects.exists()


def test_reading_of_no_meter_is_not_written():
    with pytest.raises(IntegrityError), transaction.atomic():
        Reading.objects.bulk_create([ReadingFactory.build(meter=None, meter_id=NOBODY)])

    assert not Reading.objects.exists()


def test_a_meter_with_readings_cannot_be_deleted():
    reading, bare = ReadingFactory(), MeterFactory()

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM metering_meter WHERE id = %s", [bare.pk])
        assert cursor.rowcount == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("DELETE FROM metering_meter WHERE id = %s", [reading.meter_id])


def test_what_is_referred_to_cannot_be_deleted():
    bill = BillFactory()
    AccountFactory()

    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM accounts_account WHERE id = %s", [bill.account_id])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_account WHERE id <> %s", [bill.account_id])
        assert cursor.rowcount == 1

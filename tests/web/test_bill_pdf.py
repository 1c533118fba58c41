"""The bill as a file: through its scope, with a good name, kept by nobody on the way (R11)."""

from __future__ import annotations

import uuid
from urllib.parse import quote

import pytest
from django.urls import reverse

from kabinet.billing.models import Bill, BillDocument
from kabinet.providers.enums import Feature
from tests.billing import papers
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def address(bill):
    return reverse(
        "bill-pdf", kwargs={"account_id": bill.account.public_id, "bill_id": bill.public_id}
    )


def test_the_holder_downloads_the_bill_under_a_russian_name(client):
    user = UserFactory()
    bill = papers.gas_bill(holders=[user])
    client.force_login(user)

    response = client.get(address(bill))

    assert response.status_code == 200
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Type"] == "application/pdf"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''" + quote(
        "Счёт за октябрь 2026, общая, ЛС 33016355.pdf"
    )


def test_a_second_download_is_the_same_file_at_few_queries(client, django_assert_num_queries):
    user = UserFactory()
    bill = papers.gas_bill(holders=[user])
    client.force_login(user)
    first = client.get(address(bill)).content

    with django_assert_num_queries(5):  # session, user, links, bill, document
        second = client.get(address(bill)).content

    assert second == first


def test_the_first_download_costs_the_same_queries_for_any_bill(
    client, django_assert_max_num_queries
):
    user = UserFactory()
    bill = papers.gas_bill(holders=[user])
    client.force_login(user)

    with django_assert_max_num_queries(20):
        assert client.get(address(bill)).status_code == 200


def test_a_replaced_file_is_given_when_asked_for_by_its_revision(client):
    user = UserFactory()
    bill = papers.gas_bill(holders=[user])
    client.force_login(user)
    first = client.get(address(bill)).content
    Bill.objects.filter(pk=bill.pk).update(revision=2, number="NEW")

    assert client.get(address(bill), {"revision": "1"}).content == first
    assert client.get(address(bill)).content != first


@pytest.mark.parametrize("revision", ["", "0", "2", "-1", "x", "1.0", "9" * 30, "١"])
def test_a_revision_that_never_was_is_not_found(client, revision):
    user = UserFactory()
    bill = papers.gas_bill(holders=[user])
    client.force_login(user)
    client.get(address(bill))

    assert client.get(address(bill), {"revision": revision}).status_code == 404


def test_a_stranger_s_bill_is_not_found_and_nothing_is_issued(client):
    bill = papers.gas_bill(holders=[UserFactory()])
    client.force_login(UserFactory())

    assert client.get(address(bill)).status_code == 404
    assert not BillDocument.objects.exists()


def test_another_account_s_bill_is_not_found_under_one_s_own(client):
    user = UserFactory()
    own, other = papers.gas_bill(holders=[user]), papers.gas_bill(number="2")
    client.force_login(user)
    url = reverse(
        "bill-pdf", kwargs={"account_id": own.account.public_id, "bill_id": other.public_id}
    )

    assert client.get(url).status_code == 404
    assert client.get(url.replace(str(other.public_id), str(uuid.uuid4()))).status_code == 404
    assert not BillDocument.objects.exists()


def test_nobody_is_asked_to_sign_in(client):
    bill = papers.gas_bill()

    response = client.get(address(bill))

    assert response.status_code == 302
    assert not BillDocument.objects.exists()


def test_limited_access_gets_the_offer_of_full_access_instead(client):
    user = UserFactory()
    bill = papers.gas_bill(limited=[user])
    client.force_login(user)

    response = client.get(address(bill))

    assert response.status_code == 403
    assert response["Content-Type"].startswith("text/html")
    assert not BillDocument.objects.exists()


def test_a_provider_that_shows_no_bills_has_no_such_page(client):
    user = UserFactory()
    bill = papers.gas_bill(holders=[user])
    policy = bill.account.provider.policy
    policy.enabled_features = [feature for feature in Feature if feature != Feature.BILLS]
    policy.save()
    client.force_login(user)

    assert client.get(address(bill)).status_code == 404
    assert not BillDocument.objects.exists()


def test_the_file_only_answers_to_reading(client):
    user = UserFactory()
    bill = papers.gas_bill(holders=[user])
    client.force_login(user)

    assert client.post(address(bill)).status_code == 405
    assert not BillDocument.objects.exists()

"""A service's own days for readings are set on the provider's page (MET-20)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kabinet.identity.models import User
from kabinet.kernel.models import AuditEntry
from kabinet.providers.models import Service
from tests.factories import ProviderFactory, ServiceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(client):
    client.force_login(User.objects.create_superuser("admin@example.ru", "x"))
    return ServiceFactory(provider=ProviderFactory(), name="Холодная вода")


def save(client, service, first, last):
    """Send the page back as it came, with the two days filled in."""
    address = reverse("admin:providers_provider_change", args=[service.provider_id])
    page = client.get(address)
    posted = {}
    forms = [page.context["adminform"].form]
    for formset in page.context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    for form in forms:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                posted[field.html_name] = value
    posted |= {"services-0-readings_from_day": first, "services-0-readings_to_day": last}
    return client.post(address, posted)


def days(service):
    return Service.objects.values_list("readings_from_day", "readings_to_day").get(pk=service.pk)


def test_the_days_are_set_and_leave_a_trace(client, service):
    assert save(client, service, "15", "25").status_code == 302

    assert days(service) == (15, 25)
    entry = AuditEntry.objects.filter(subject=f"providers.Service:{service.pk}").get()
    assert entry.details["fields"] == "readings_from_day,readings_to_day"


def test_empty_days_are_the_provider_s(client, service):
    save(client, service, "15", "25")

    assert save(client, service, "", "").status_code == 302

    assert days(service) == (None, None)


@pytest.mark.parametrize(
    ("first", "last"), [("15", ""), ("", "25"), ("25", "15"), ("0", "31"), ("1", "32")]
)
def test_half_and_wrong_windows_are_refused_with_a_reason(client, service, first, last):
    response = save(client, service, first, last)

    assert response.status_code == 200
    assert "Нужны оба дня, и первый не позже последнего." in response.content.decode()
    assert days(service) == (None, None)


def test_services_are_neither_added_nor_deleted_here(client, service):
    address = reverse("admin:providers_provider_change", args=[service.provider_id])

    page = client.get(address).content.decode()

    assert "Холодная вода" in page
    assert "services-0-DELETE" not in page
    assert "services-__prefix__-name" not in page

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from kabinet.identity.models import User
from kabinet.kernel.actors import Role
from kabinet.kernel.models import AuditEntry
from kabinet.payments.tasks_autopay import forget_cards
from kabinet.providers.models import ProviderPolicy, StaffMember
from tests.factories import ProviderFactory, UserFactory
from tests.factories.payments import MerchantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    user = User.objects.create_superuser("admin@example.ru", "x")
    client.force_login(user)
    return user


def test_a_customer_is_sent_home_and_nobody_to_sign_in(client):
    address = reverse("admin:index")

    assert client.get(address).url.startswith(reverse("admin:login"))
    assert client.get(reverse("admin:login"), {"next": address}).url.startswith(
        reverse("account_login")
    )
    client.force_login(UserFactory())
    assert client.get(reverse("admin:login")).url == reverse("home")


def test_the_pages_open_under_the_strict_policy(client, administrator):
    provider = ProviderFactory()
    for address in (
        reverse("admin:index"),
        reverse("admin:providers_provider_changelist"),
        reverse("admin:providers_provider_change", args=[provider.pk]),
        reverse("admin:providers_staffmember_add"),
    ):
        response = client.get(address)
        assert response.status_code == 200
        assert "unsafe" not in response["Content-Security-Policy"]


def test_all_that_can_be_set_has_a_russian_name(client, administrator):
    page = client.get(reverse("admin:index"))

    names = {
        str(app["name"]): [str(model["name"]) for model in app["models"]]
        for app in page.context["app_list"]
    }
    found = [name for app, models in names.items() for name in (app, *models)]
    assert "фоновые задания" in {name.lower() for name in found}
    assert [name for name in found if re.search("[A-Za-z]", name)] == []


def test_what_a_library_would_let_change_past_the_audit_is_not_there(client, administrator):
    for path in ("account/emailaddress", "mfa/authenticator", "socialaccount/socialtoken"):
        assert client.get(f"/desk/admin/{path}/").status_code == 404


def test_jobs_of_the_queue_are_read_in_russian_and_not_changed(client, administrator):
    forget_cards.defer()
    jobs = reverse("admin:kernel_queuedjob_changelist")

    page = client.get(jobs, {"state": "todo"}).content.decode()

    assert "ждёт очереди" in page
    assert "Добавить" not in page.partition('<div id="content"')[2]
    assert client.get(reverse("admin:kernel_queuedjob_add")).status_code == 403
    assert "0 " in client.get(jobs, {"state": "failed"}).content.decode()


def test_banks_are_filtered_by_their_names(client, administrator):
    MerchantFactory(gateway="tbank", shop_id="TERMINAL1")
    MerchantFactory(gateway="yookassa", shop_id="100500")
    contracts = reverse("admin:payments_merchant_changelist")

    page = client.get(contracts, {"bank": "tbank"}).content.decode()

    assert ("TERMINAL1" in page, "100500" in page) == (True, False)
    assert "?bank=yookassa" in page
    assert ">ЮKassa<" in page


def test_a_new_provider_gets_the_rules_of_its_style_and_leaves_a_trace(client, administrator):
    response = client.post(
        reverse("admin:providers_provider_add"),
        {
            "code": "ozgaz",
            "name": "АО «Озёрскгаз»",
            "kind": "gas",
            "style": "C",
            "is_active": "on",
            "timezone": "Europe/Samara",
        },
    )

    assert response.status_code == 302, response.context["errors"]
    policy = ProviderPolicy.objects.select_related("provider").get()
    assert (policy.provider.code, policy.readings_from_day, policy.readings_to_day) == (
        "ozgaz",
        15,
        25,
    )
    trail = AuditEntry.objects.filter(action__startswith="desk.")
    assert [entry.action for entry in trail] == ["desk.admin.add"]


def test_how_a_provider_looks_is_read_here_and_set_at_the_desk(client, administrator):
    provider = ProviderFactory(colour="#0b4f8a")

    page = client.get(reverse("admin:providers_provider_change", args=[provider.pk]))

    assert "логотипа нет, #0b4f8a; задаёт администратор поставщика" in page.content.decode()
    assert {"colour", "logo_key"}.isdisjoint(page.context["adminform"].form.fields)
    assert client.get(reverse("admin:providers_provider_add")).status_code == 200


def test_an_impossible_time_zone_is_explained_and_nothing_is_saved(client, administrator):
    response = client.post(
        reverse("admin:providers_provider_add"),
        {"code": "a", "name": "a", "kind": "gas", "style": "C", "timezone": "Moscow"},
    )

    assert "часового пояса нет" in response.content.decode()
    assert not ProviderPolicy.objects.exists()


def _typed(forms):
    """What a browser would send back of forms that nobody touched."""
    return {
        field.html_name: value
        for form in forms
        for field in form
        if (value := field.value()) is not None and value is not False
    }


def test_a_changed_rule_leaves_a_trace_that_names_it(client, administrator):
    provider = ProviderFactory()
    address = reverse("admin:providers_provider_change", args=[provider.pk])
    page = client.get(address).context
    sent = _typed([page["adminform"].form])
    for inline in page["inline_admin_formsets"]:
        sent |= _typed([inline.formset.management_form, *inline.formset.forms])

    response = client.post(address, {**sent, "policy-0-due_day": "11"})

    assert response.status_code == 302
    assert ProviderPolicy.objects.get().due_day == 11
    trail = AuditEntry.objects.filter(action="desk.admin.change").order_by("pk")
    assert [(entry.subject.split(":")[0], entry.details["fields"]) for entry in trail] == [
        ("providers.Provider", ""),
        ("providers.ProviderPolicy", "due_day"),
    ]


@pytest.mark.parametrize("way", ["page", "list"])
def test_a_role_taken_away_leaves_a_trace(client, administrator, way):
    member = StaffMember.objects.create(
        provider=ProviderFactory(), user=UserFactory(), role=Role.OPERATOR
    )
    address, sent = {
        "page": (reverse("admin:providers_staffmember_delete", args=[member.pk]), {"post": "yes"}),
        "list": (
            reverse("admin:providers_staffmember_changelist"),
            {"action": "delete_selected", "_selected_action": [member.pk], "post": "yes"},
        ),
    }[way]

    client.post(address, sent)

    assert not StaffMember.objects.exists()
    entry = AuditEntry.objects.get(action="desk.admin.delete")
    assert entry.subject == f"providers.StaffMember:{member.pk}"

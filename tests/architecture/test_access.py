"""Who gets which address: one walk over the whole URL map (design §5).

A new address needs no new test here; a new kind of parameter needs a line in ``_sample``.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import date

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from kabinet.kernel.actors import Role
from kabinet.providers.enums import Feature
from kabinet.providers.models import StaffMember
from tests.factories import (
    AccountFactory,
    BillFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    UserFactory,
)
from tests.web.guests import account_b, find

pytestmark = pytest.mark.django_db

# Addresses that answer somebody who has not signed in. Each is here on purpose.
PUBLIC = {
    "account_login",
    "mfa_login_webauthn",
    "passkey-question",
    "account_login_code_resend",
    "account_request_login_code",
    "qr-finish",
    "qr-sign-in",
    "qr-state",
    "account_signup",
    "account_signup_code",
    "account_signup_resend",
    "account_signup_sent",
    "account_signup_link",
    "account_signup_link_again",
    "account_reset_password_resend",
    "account_inactive",
    "account_reset_password",
    "account_confirm_password_reset_code",
    "account_complete_password_reset",
    "guest-readings",
    "guest-readings-initials",
    "guest-readings-address",
    "guest-readings-meters",
    "guest-readings-end",
    "guest-pay",
    "guest-pay-initials",
    "guest-pay-address",
    "guest-pay-sums",
    "guest-pay-end",
    "guest-pay-rules",
    "pay-link",
    "checkout",
    "checkout-code",
    "checkout-state",
    "checkout-back",
    "checkout-carry-on",
    "payment-receipt",
    "esia_login",
    "esia_callback",
    "vk_login",
    "vk_callback",
    "yandex_login",
    "yandex_callback",
    "outside-contact-resend",
    "legal-document",
    "legal-document-file",
    "provider-logo",
    "ui-preferences",
    "gallery",
}


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        here = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield here, entry
        else:
            yield from _patterns(entry, here)


def _ours() -> list[tuple[str, URLPattern]]:
    """Named addresses outside Django's admin, which guards itself by is_staff (tested on its own)."""
    return [
        (route, pattern)
        for route, pattern in _patterns(get_resolver())
        if pattern.name and not route.startswith(("desk/admin/", "api/"))
    ]


def _sample(name: str, target: dict[str, object], converter: str | None = None) -> object:
    if name in target:
        return target[name]
    if converter == "int" and name != "year":
        return 1
    if name in {"month", "period"}:
        return "2026-10"
    if name.endswith("_id") or name == "public_id":
        return uuid.UUID(int=1)
    if name == "year":
        return 2026
    return "x"


def _address(route: str, target: dict[str, object]) -> str | None:
    """Fill an address; None for a regular expression of a library, whose parts have no samples here."""
    if "(?P" in route:
        return None
    return "/" + re.sub(
        r"<(?:(\w+):)?(\w+)>", lambda found: str(_sample(found[2], target, found[1])), route
    )


def _asks_to_sign_in(response) -> bool:
    return response.status_code == 302 and "/login/" in response.url


def test_nobody_reaches_only_the_public_addresses(client):
    reached = {
        pattern.name
        for route, pattern in _ours()
        if (address := _address(route, {})) and not _asks_to_sign_in(client.get(address))
    }

    assert reached == PUBLIC


def test_a_guest_reaches_no_more_than_nobody(client):
    """The pass is for one page: it opens no other address, of its own account neither."""
    account = account_b(holders=[UserFactory()])
    bill = BillFactory(account=account, period=date(2026, 10, 1))
    own = {
        "account_id": account.public_id,
        "bill_id": bill.public_id,
        "meter_id": account.meters.get().public_id,
    }
    assert find(client).status_code == 302
    assert client.get("/guest/readings/meters/").status_code == 200

    reached = {
        pattern.name
        for route, pattern in _ours()
        if pattern.name not in PUBLIC
        if (address := _address(route, own)) and not _asks_to_sign_in(client.get(address))
    }

    assert reached == set()


@pytest.fixture
def foreign():
    """Somebody else's account with everything that has an address."""
    account = AccountFactory(holders=[UserFactory()])
    bill = BillFactory(account=account, period=date(2026, 10, 1))
    meter = MeterFactory(account=account)
    reading = ReadingFactory(
        meter=meter,
        source="portal",
        status="sent",
        portal_id=uuid.uuid4(),
        submitted_at=account.as_of,
    )
    return {
        "account_id": account.public_id,
        "bill_id": bill.public_id,
        "meter_id": meter.public_id,
        "reading_id": reading.portal_id,
    }


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_foreign_account_does_not_exist_at_any_address(client, foreign, method):
    user = UserFactory()
    AccountFactory(holders=[user])
    client.force_login(user)

    seen = {
        address: response.status_code
        for route, _pattern in _ours()
        if "<uuid:account_id>" in route
        if (address := _address(route, foreign))
        and (response := getattr(client, method)(address)).status_code not in {404, 405}
    }

    assert seen == {}


@pytest.mark.parametrize("method", ["get", "post"])
def test_foreign_things_do_not_exist_inside_an_own_account(client, foreign, method):
    user = UserFactory()
    own = AccountFactory(holders=[user])
    client.force_login(user)

    seen = {
        address: response.status_code
        for route, _pattern in _ours()
        if "<uuid:account_id>" in route and re.search("(bill|meter|reading)_id", route)
        if (address := _address(route, {**foreign, "account_id": own.public_id}))
        and (response := getattr(client, method)(address)).status_code not in {404, 405}
    }

    assert seen == {}


def test_an_unlinked_account_is_foreign_again(client, foreign):
    user = UserFactory()
    account = AccountFactory(holders=[user])
    account.links.update(ended_at=account.as_of)
    client.force_login(user)

    assert client.get(f"/a/{account.public_id}/").status_code == 404


@pytest.mark.parametrize("feature", [feature.value for feature in Feature])
def test_a_switched_off_section_does_not_exist(client, feature):
    user = UserFactory()
    enabled = [other.value for other in Feature if other.value != feature]
    account = AccountFactory(
        holders=[user], provider=ProviderFactory(policy__enabled_features=enabled)
    )
    client.force_login(user)

    seen = {
        address: response.status_code
        for route, pattern in _ours()
        if getattr(pattern.callback, "feature", None) == feature
        if (address := _address(route, {"account_id": account.public_id}))
        and (response := client.get(address)).status_code not in {404, 405}
    }

    assert seen == {}


@pytest.mark.parametrize("role", list(Role))
def test_staff_see_no_customer_pages_of_their_provider(client, foreign, role):
    """Rights at the desk open nothing in the cabinet: staff without a link are strangers there."""
    user = UserFactory()
    provider = AccountFactory._meta.model.objects.get(public_id=foreign["account_id"]).provider
    StaffMember.objects.create(provider=provider, user=user, role=role)
    client.force_login(user)

    seen = {
        address: response.status_code
        for route, _pattern in _ours()
        if "<uuid:account_id>" in route
        if (address := _address(route, foreign))
        and (response := client.get(address)).status_code not in {404, 405}
    }

    assert seen == {}


def test_customers_get_nothing_at_the_desk(client):
    client.force_login(UserFactory())

    seen = {
        address: response.status_code
        for route, _pattern in _ours()
        if route.startswith("desk/")
        if (address := _address(route, {}))
        and (response := client.get(address)).status_code not in {403, 404, 405}
    }

    assert seen == {}


def test_a_program_without_a_key_gets_nothing(client):
    """Every operation of the provider API, by every method; only its description is for everybody."""
    answered = {
        address: response.status_code
        for route, _pattern in _patterns(get_resolver())
        if route.startswith("api/") and (address := _address(route, {}))
        for method in ("get", "post", "put", "patch", "delete")
        if (response := getattr(client, method)(address)).status_code not in {401, 404, 405}
    }

    assert answered == {"/api/provider/v1/openapi.json": 200}


@pytest.mark.parametrize("somebody", [None, "customer"])
def test_reference_data_are_shown_to_staff_only(client, somebody):
    if somebody:
        client.force_login(UserFactory())
    shown = [
        address
        for route, _pattern in _patterns(get_resolver())
        if route.startswith("desk/admin/") and (address := _address(route, {}))
        if client.get(address).status_code == 200
    ]

    assert shown == []

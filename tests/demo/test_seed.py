from __future__ import annotations

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError

from demo.providers import BY_CODE, POWER, PROVIDERS, register
from demo.seed import CUSTOMERS, PASSWORD, PLATFORM, STAFF, seed
from demo.showcase import SHOWCASE
from kabinet.accounts.models import AccountLink, AccountLinkEvent, LinkRequest
from kabinet.identity.models import Consent, User
from kabinet.identity.queries import required_documents
from kabinet.kernel.actors import SYSTEM
from kabinet.kernel.errors import NotVisible
from kabinet.kernel.models import AuditEntry
from kabinet.providers import operations
from kabinet.providers.models import Provider, StaffMember
from kabinet.providers.queries import get_active_providers
from tests.factories import AccountFactory, ProviderFactory

AT = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def showcase():
    """The providers and bare showcase accounts, as an import would leave them."""
    register(at=AT)
    providers = {provider.code: provider for provider in Provider.objects.all()}
    for row in SHOWCASE:
        AccountFactory(provider=providers[row.provider], number=row.number)


def counts() -> dict[str, int]:
    models = (User, AccountLink, AccountLinkEvent, StaffMember, Consent, EmailAddress, AuditEntry)
    return {model.__name__: model.objects.count() for model in models}


def test_registering_creates_the_four_providers_with_contacts_and_rules():
    register(at=AT)

    rows = {row.code: row for row in get_active_providers()}
    assert {code: (row.name, row.style, row.kind, row.inn) for code, row in rows.items()} == {
        spec.code: (spec.name, spec.style, spec.kind, spec.inn) for spec in PROVIDERS
    }
    assert [row.code for row in rows.values() if not (row.phone and row.emergency_phone)] == []
    assert {
        code: {name: getattr(rows[code].policy, name) for name in spec.policy}
        for code, spec in BY_CODE.items()
    } == {code: dict(spec.policy) for code, spec in BY_CODE.items()}
    assert {code: rows[code].policy.due_day for code in rows} == {
        code: spec.due_day for code, spec in BY_CODE.items()
    }


def test_registering_again_leaves_what_an_administrator_changed():
    register(at=AT)
    Provider.objects.update(phone="112")

    register(at=AT)

    assert set(Provider.objects.values_list("phone", flat=True)) == {"112"}
    assert Provider.objects.count() == 4


def test_a_contact_that_does_not_fit_is_refused_and_nothing_changes():
    provider = ProviderFactory(code="gaz", timezone="Europe/Moscow")

    with pytest.raises(ValidationError):
        operations.describe_provider(
            actor=SYSTEM, code="gaz", contacts={"timezone": "Europe/Atlantis"}, rules={}, at=AT
        )

    provider.refresh_from_db()
    assert provider.timezone == "Europe/Moscow"
    assert not AuditEntry.objects.filter(action__startswith="providers").exists()


def test_describing_an_unknown_provider_finds_nothing():
    with pytest.raises(NotVisible):
        operations.describe_provider(actor=SYSTEM, code="nobody", contacts={}, rules={}, at=AT)


def test_seeding_makes_people_who_can_sign_in_and_says_how(showcase):
    rows = seed(at=AT)

    everybody = (*CUSTOMERS, *STAFF, PLATFORM)
    assert [row.login for row in rows] == [person.email for person in everybody]
    assert [u.email for u in User.objects.all() if not u.check_password(PASSWORD)] == []
    assert set(EmailAddress.objects.values_list("email", "verified")) == {
        (person.email, True) for person in everybody
    }
    assert Consent.objects.count() == len(required_documents()) * len(everybody)


def test_seeding_links_the_showcase_accounts(showcase):
    seed(at=AT)

    links = AccountLink.objects.values_list("user__email", "account__number", "level", "is_primary")
    assert set(links) == {
        (person.email, link.number, link.level.value, link is person.links[0])
        for person in CUSTOMERS
        for link in person.links
    }
    several = next(person for person in CUSTOMERS if person.email == "ksenia@kabinet.example")
    assert {link.provider for link in several.links} == set(BY_CODE)
    assert [link.number for link in several.links if link.level == "limited"] == ["203330535"]


def test_seeding_again_changes_nothing(showcase):
    first = seed(at=AT)
    before = counts()

    second = seed(at=AT + dt.timedelta(days=1))

    assert (second, counts()) == (first, before)


def test_an_operator_of_style_c_finds_a_request_to_decide(showcase):
    seed(at=AT)
    seed(at=AT)

    request = LinkRequest.objects.get()
    assert (request.account.provider.code, request.number, request.state) == (
        POWER.code,
        "10204542",
        "waiting",
    )


def test_an_account_that_somebody_unlinked_is_not_linked_again(showcase):
    seed(at=AT)
    AccountLink.objects.filter(account__number="203330486").update(ended_at=AT, is_primary=False)

    seed(at=AT)

    assert AccountLink.objects.filter(account__number="203330486", ended_at=None).count() == 0


def test_staff_hold_one_role_each_at_their_own_provider(showcase):
    seed(at=AT)

    assert set(StaffMember.objects.values_list("user__email", "provider__code", "role")) == {
        (f"{role}@{code}.example", code, role)
        for code in BY_CODE
        for role in ("operator", "integrator", "administrator")
    }
    assert list(User.objects.filter(is_staff=True).values_list("email", flat=True)) == [
        PLATFORM.email
    ]


def test_every_linked_account_is_a_showcase_account():
    shown = {(row.provider, row.number) for row in SHOWCASE}

    assert {
        (link.provider, link.number) for person in CUSTOMERS for link in person.links
    } - shown == set()

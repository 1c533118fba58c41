from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from kabinet.kernel.actors import SYSTEM
from kabinet.providers import operations
from kabinet.providers.enums import BalanceSign, Feature, Proof, ProviderKind, Style
from kabinet.providers.models import Branch, Provider, ProviderPolicy, validate_pattern
from kabinet.providers.queries import (
    BranchNotFound,
    ProviderNotFound,
    get_active_provider,
    get_active_providers,
    get_branch_choices,
    get_branch_family,
    get_branch_name,
    get_provider_choices,
    get_region_choices,
)
from tests.accounts.cases import AT
from tests.factories import ProviderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def directory():
    lake = ProviderFactory(code="lake", name="Озёрский газ", region="Озёрская область")
    ProviderFactory(code="light", name="Светлые сети", region="Ясный край")
    ProviderFactory(code="off", name="Выключенный газ", is_active=False)
    Branch.objects.create(
        provider=lake, code="north", name="Северный филиал", region="Снежный район"
    )


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("", ["lake", "light"]),
        ("ОЗЕРСКИЙ", ["lake"]),
        ("газ область", ["lake"]),
        ("газ край", []),
        ("снежный", ["lake"]),
        ("север", ["lake"]),
        ("  ", ["lake", "light"]),
        ("выключенный", []),
        ("%", []),
    ],
)
def test_the_directory_is_searched_by_name_region_and_branch(directory, words, codes):
    assert [choice.code for choice in get_provider_choices(search=words)] == codes


def test_a_choice_names_the_regions_with_yo_beside_ye(directory):
    assert get_provider_choices(search="озёрский")[0].regions == (
        "Озёрская область",
        "Снежный район",
    )


@pytest.mark.parametrize(
    ("words", "regions"),
    [
        ("", [("Озёрская область", ""), ("Снежный район", "lake"), ("Ясный край", "light")]),
        ("ясный", [("Ясный край", "light")]),
        ("озерский газ", [("Озёрская область", ""), ("Снежный район", "lake")]),
        ("нет такого", []),
    ],
)
def test_regions_are_searched_and_one_with_a_single_provider_names_it(directory, words, regions):
    ProviderFactory(code="water", name="Вода", region="Озёрская область")

    choices = get_region_choices(search=words)

    assert [(choice.name, choice.only) for choice in choices] == regions


def test_a_region_leaves_the_providers_that_work_there(directory):
    assert [row.code for row in get_provider_choices(region="Снежный район")] == ["lake"]
    assert get_provider_choices(region="Снеж") == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", [("lake", ["north"]), ("light", [])]),
        ("снежный", [("lake", ["north"])]),
        ("озерский", [("lake", ["north"])]),
        ("светлые", [("light", [])]),
        ("выключенный", []),
    ],
)
def test_branches_stand_under_their_provider_and_are_searched(directory, words, found):
    choices = get_branch_choices(search=words)

    assert [
        (row.provider.code, [branch.code for branch in row.branches]) for row in choices
    ] == found


@pytest.mark.parametrize("choices", [get_region_choices, get_branch_choices])
@pytest.mark.parametrize("count", [1, 3])
def test_first_steps_cost_two_queries(choices, count, django_assert_num_queries):
    for provider in ProviderFactory.create_batch(count, region="Край"):
        Branch.objects.create(provider=provider, code="north", name="Север", region="Край")

    with django_assert_num_queries(2):
        choices()


def test_a_branch_of_another_provider_is_no_branch(directory):
    lake, light = Provider.objects.get(code="lake"), Provider.objects.get(code="light")

    assert get_branch_name(provider_id=lake.pk, code="north") == "Северный филиал"
    with pytest.raises(BranchNotFound):
        get_branch_name(provider_id=light.pk, code="north")
    with pytest.raises(BranchNotFound):
        get_branch_family(provider_id=light.pk, code="north")


@pytest.mark.parametrize("count", [1, 3])
def test_the_directory_costs_two_queries(count, django_assert_num_queries):
    ProviderFactory.create_batch(count)

    with django_assert_num_queries(2):
        assert len(get_provider_choices()) == count


def test_a_switched_off_provider_is_not_chosen(directory):
    assert {row.code for row in get_active_providers()} == {"lake", "light"}
    for code in ("off", "nobody"):
        with pytest.raises(ProviderNotFound):
            get_active_provider(code=code)


@pytest.mark.parametrize("style", list(Style))
def test_a_new_provider_has_the_rules_of_its_style(style):
    operations.add_provider(
        actor=SYSTEM, code="new", name="Новый", style=style, kind=ProviderKind.GAS, at=AT
    )

    policy = get_active_provider(code="new").policy
    assert {
        Style.A: ((), True, 3, BalanceSign.NEGATIVE_DEBT, False),
        Style.B: ((Proof.INITIALS,), False, 20, BalanceSign.POSITIVE_DEBT, True),
        Style.C: ((Proof.SURNAME,), False, 20, BalanceSign.WORDS, False),
        Style.D: ((Proof.ADDRESS,), False, 20, BalanceSign.POSITIVE_DEBT, False),
    }[style] == (
        policy.search_proofs,
        policy.two_tier,
        policy.max_accounts,
        policy.balance_sign,
        policy.consent_at_linking,
    )
    assert policy.enabled_features == set(Feature)


@pytest.mark.parametrize("code", ["", "два слова", "a" * 65, "a/b", "газ"])
def test_a_code_outside_the_bundles_rules_is_refused(code):
    with pytest.raises(operations.BadProviderCode):
        operations.add_provider(
            actor=SYSTEM, code=code, name="Новый", style=Style.A, kind=ProviderKind.GAS, at=AT
        )
    assert Provider.objects.count() == 0


def test_a_taken_code_is_refused():
    ProviderFactory(code="new", name="Первый")

    with pytest.raises(operations.ProviderExists):
        operations.add_provider(
            actor=SYSTEM, code="new", name="Второй", style=Style.A, kind=ProviderKind.GAS, at=AT
        )
    assert Provider.objects.get().name == "Первый"


def test_a_pattern_of_numbers_must_be_one():
    validate_pattern(r"\d{8}")
    with pytest.raises(ValidationError, match="Это не регулярное выражение"):
        validate_pattern(r"(\d{8}")


@pytest.mark.parametrize("rule", [{"max_accounts": 0}, {"max_holders": 0}, {"due_day": 31}])
def test_the_database_refuses_impossible_rules(rule):
    provider = ProviderFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        ProviderPolicy.objects.filter(provider=provider).update(**rule)

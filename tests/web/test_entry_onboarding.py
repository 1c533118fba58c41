"""The assistant that meets a newcomer (IDN-20)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from kabinet.identity.enums import OnboardingStep
from kabinet.identity.models import User
from tests.factories import ProviderFactory
from tests.web.entry import make_person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(client):
    """Somebody signed in who stands before the first step."""
    user = make_person()
    User.objects.update(onboarding=OnboardingStep.GREETING)
    sign_in(client)
    return user


def _go(client, button):
    return client.post(reverse("onboarding"), {"go": button})


def _step():
    return User.objects.get().onboarding


def _shown(client):
    return client.get(reverse("onboarding")).content.decode()


def test_it_leads_from_the_greeting_to_linking(client, newcomer):
    assert "Здравствуйте!" in _shown(client)
    _go(client, "onward")
    assert "С чего начнём?" in _shown(client)

    assert _go(client, "link").url == reverse("account-link")
    assert _step() == OnboardingStep.DONE
    assert client.get(reverse("onboarding")).url == reverse("home")


def test_every_step_leads_back(client, newcomer):
    _go(client, "onward")
    _go(client, "back")

    assert _step() == OnboardingStep.GREETING


@pytest.mark.parametrize("step", [OnboardingStep.GREETING, OnboardingStep.CHOICE])
def test_whoever_leaves_comes_back_to_the_same_step_at_the_next_sign_in(client, newcomer, step):
    User.objects.update(onboarding=step)
    assert _go(client, "later").url == reverse("home")
    assert client.get(reverse("home")).status_code == 200

    assert sign_in(Client()).url == reverse("onboarding")
    assert _step() == step


def test_whoever_was_on_the_way_to_a_page_goes_there(newcomer):
    assert sign_in(Client(), next="/profile/").url == "/profile/"


@pytest.mark.parametrize("button", ["agree", "link", "onward!", ""])
def test_a_button_of_another_step_moves_nobody(client, newcomer, button):
    assert _go(client, button).url == reverse("onboarding")
    assert _step() == OnboardingStep.GREETING


def test_staff_and_whoever_is_done_never_meet_it(client, newcomer):
    User.objects.update(is_staff=True)
    assert sign_in(Client()).url == reverse("home")
    assert client.get(reverse("onboarding")).url == reverse("home")

    User.objects.update(is_staff=False, onboarding=OnboardingStep.DONE)
    assert sign_in(Client()).url == reverse("home")


def test_where_no_account_is_yet_the_providers_contacts_are_told(client, newcomer):
    ProviderFactory(name="Приозерье Газ", phone="8 800 555-35-35")
    _go(client, "onward")

    page = _shown(client)
    assert ("Приозерье Газ" in page, "8 800 555-35-35" in page) == (True, True)


def test_in_tick_mode_missing_documents_are_asked_on_their_page(client, newcomer):
    newcomer.consents.all().delete()

    assert client.get(reverse("onboarding")).url.startswith(reverse("consent"))


@pytest.mark.parametrize("providers", [1, 3])
def test_the_choice_costs_few_queries(client, newcomer, providers, django_assert_max_num_queries):
    ProviderFactory.create_batch(providers)
    User.objects.update(onboarding=OnboardingStep.CHOICE)
    _shown(client)

    with django_assert_max_num_queries(6):
        _shown(client)

"""Nobody accepts a text that did not stand on the page they were looking at (152-ФЗ, ст. 9; IDN-18)."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.identity import operations
from kabinet.identity.enums import DocumentKind, OnboardingStep
from kabinet.identity.models import Consent, OneTimeCode, User
from kabinet.kernel.actors import SYSTEM
from tests.identity.mail import last_code
from tests.web.entry import EMAIL, PASSWORD, make_person, sign_in

pytestmark = pytest.mark.django_db
CHANGED = "Документы обновились"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.CAPTCHA = "off"


def publish():
    operations.publish_document(
        actor=SYSTEM,
        slug="personal-data-consent",
        kind=DocumentKind.CONSENT,
        title="Согласие на обработку персональных данных",
        text="Новый текст.",
        at=timezone.now(),
    )


def hidden(response):
    """What the page itself would send besides what is typed."""
    page = response.content.decode()
    found = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', page)
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def accepted():
    rows = Consent.objects.order_by("document__slug").values_list(
        "document__slug", "document__version"
    )
    return list(rows)


def test_a_button_accepts_what_stood_above_it(client, settings):
    settings.CONSENT_MODE = "button"
    opened = hidden(client.get(reverse("account_signup")))
    publish()
    typed = {"identifier": EMAIL, "password": PASSWORD}

    refused = client.post(reverse("account_signup"), {**typed, **opened})
    assert (refused.status_code, CHANGED in refused.content.decode()) == (422, True)
    assert f'value="{EMAIL}"' in refused.content.decode()
    assert not OneTimeCode.objects.exists()

    client.post(reverse("account_signup"), {**typed, **hidden(refused)})
    client.post(reverse("account_signup_code"), {"code": last_code(EMAIL)})
    assert accepted() == [("personal-data-consent", 2), ("user-agreement", 1)]


def test_i_agree_means_the_texts_of_that_page(client, settings):
    settings.CONSENT_MODE = "screen"
    make_person(consents=False)
    sign_in(client)
    User.objects.update(onboarding=OnboardingStep.CONSENT)
    opened = hidden(client.get(reverse("onboarding")))
    publish()

    refused = client.post(reverse("onboarding"), {"go": "agree", **opened}, follow=True)
    assert CHANGED in refused.content.decode()
    assert (accepted(), User.objects.get().onboarding) == ([], OnboardingStep.CONSENT)

    client.post(reverse("onboarding"), {"go": "agree", **hidden(refused)})
    assert accepted() == [("personal-data-consent", 2), ("user-agreement", 1)]
    assert User.objects.get().onboarding == OnboardingStep.CHOICE

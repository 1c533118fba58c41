from __future__ import annotations

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def directives(response):
    policy = response["Content-Security-Policy"]
    return {part.split()[0]: part.split()[1:] for part in policy.split(";")}


@pytest.mark.parametrize("address", ["/login/", "/no/such/page/", "/signup/"])
def test_every_answer_forbids_what_is_inline_or_foreign(client, address):
    policy = directives(client.get(address))

    assert policy["default-src"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert {"script-src", "style-src"}.isdisjoint(policy)  # so the default holds for both
    assert not any("unsafe" in source for sources in policy.values() for source in sources)


def test_htmx_is_told_to_add_no_styles_and_evaluate_nothing(client):
    page = client.get(reverse("account_login")).content.decode()

    assert '"includeIndicatorStyles":false' in page
    assert '"allowEval":false' in page


@pytest.mark.parametrize("address", ["/login/", "/no/such/page/", "/legal/user-agreement/"])
def test_no_browser_or_proxy_keeps_a_page(client, address):
    kept = client.get(address)["Cache-Control"]

    assert {"private", "no-store"} <= {word.strip() for word in kept.split(",")}

"""Nobody confirms to themselves that an account is theirs: staff who ask are answered by a colleague (ACC-13)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kabinet.accounts.enums import RequestState
from kabinet.accounts.models import AccountLink, LinkRequest
from kabinet.kernel.actors import Actor, Role
from tests.accounts.cases import account_c, ask, staff, trail

pytestmark = pytest.mark.django_db


@pytest.fixture
def own():
    """A request by the provider's operator to an account of a customer."""
    account = account_c()
    user, _actor = staff(account, Role.OPERATOR)
    ask(Actor.customer(user.pk), account)
    return LinkRequest.objects.get(user=user), account, user


@pytest.mark.parametrize("decision", [{"approve": "1"}, {"refuse": "1", "reason": "Нет."}])
def test_staff_do_not_decide_their_own_request(client, own, decision):
    request, _account, user = own
    client.force_login(user)
    address = reverse("admin:accounts_linkrequest_change", args=[request.pk])

    page = client.get(address).content.decode()
    answer = client.post(address, decision, follow=True).content.decode()

    assert "Открыть доступ" not in page
    assert "Это ваша просьба: ответить на неё может только другой сотрудник." in page
    assert "Это ваша просьба: ответить на неё может только другой сотрудник." in answer
    request.refresh_from_db()
    assert request.state == RequestState.WAITING
    assert not AccountLink.objects.filter(user=user).exists()
    assert not trail().filter(action__in=["accounts.request.approve", "accounts.request.refuse"])


def test_a_colleague_decides_it(client, own):
    request, account, user = own
    colleague, _actor = staff(account, Role.ADMINISTRATOR)
    client.force_login(colleague)

    client.post(reverse("admin:accounts_linkrequest_change", args=[request.pk]), {"approve": "1"})

    assert AccountLink.objects.filter(user=user, account=account, ended_at=None).exists()

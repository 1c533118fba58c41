"""Requests to confirm an account, as the provider's staff meet them (ACC-13)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kabinet.accounts.models import AccountLink, LinkRequest
from kabinet.identity.models import User
from kabinet.kernel.actors import Role
from kabinet.providers.models import StaffMember
from tests.accounts.cases import account_c, ask, person, staff, trail
from tests.factories import ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:accounts_linkrequest_changelist")


@pytest.fixture
def asked():
    """A request by Anna to an account of Boris, and the account."""
    account = account_c(email="owner@example.ru", flat="5")
    user, actor = person(email="anna@example.ru", phone="+79123456789")
    ask(actor, account, name="Абрамова Анна", comment="Жена владельца <b>")
    return LinkRequest.objects.get(user=user), account


def page_of(request):
    return reverse("admin:accounts_linkrequest_change", args=[request.pk])


def text(response):
    return response.content.decode()


def sign_in(client, account, role=Role.OPERATOR):
    user, _actor = staff(account, role)
    client.force_login(user)
    return user


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMINISTRATOR])
def test_staff_see_what_is_needed_to_check(client, asked, role):
    request, account = asked
    sign_in(client, account, role)

    page = text(client.get(page_of(request)))

    for shown in (
        "12345678",
        "Абрамов Борис Васильевич",
        "Озёрск, ул. Лесная, д. 12, кв. 5",
        "owner@example.ru",
        "Абрамова Анна",
        "anna@example.ru",
        "Жена владельца &lt;b&gt;",
        "Открыть доступ",
        "Отказать",
    ):
        assert shown in page


def test_the_list_names_no_person_and_every_look_is_written_down(client, asked):
    request, account = asked
    operator = sign_in(client, account)

    listed = text(client.get(LIST))
    assert "12345678" in listed
    assert "Анна" not in listed
    assert "Абрамов" not in listed
    assert trail().filter(action="accounts.request.look").count() == 0

    client.get(page_of(request))
    entry = trail().get(action="accounts.request.look")
    assert (entry.actor_id, entry.subject) == (operator.pk, f"accounts.LinkRequest:{request.pk}")


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_however_long(client, count, django_assert_num_queries):
    account = account_c()
    sign_in(client, account)
    for _ in range(count):
        ask(person()[1], account)

    # session, user, roles; own and group permissions; two counts, requests
    with django_assert_num_queries(8):
        assert text(client.get(LIST)).count('class="field-number"') == count


def test_approval_opens_the_account(client, asked):
    request, account = asked
    operator = sign_in(client, account)

    response = client.post(page_of(request), {"approve": "1"}, follow=True)

    assert response.redirect_chain[-1][0] == LIST
    assert "Доступ к счёту 12345678 открыт" in text(response)
    link = AccountLink.objects.get()
    assert (link.user, link.account, link.level) == (request.user, account, "extended")
    assert trail().get(action="accounts.request.approve").actor_id == operator.pk
    assert "Открыть доступ" not in text(client.get(page_of(request)))


def test_refusal_wants_a_reason(client, asked):
    request, account = asked
    sign_in(client, account)

    without = client.post(page_of(request), {"refuse": "1", "reason": " "}, follow=True)
    assert "Напишите причину отказа" in text(without)
    assert LinkRequest.objects.get().state == "waiting"

    client.post(page_of(request), {"refuse": "1", "reason": "Фамилия не совпала."})
    row = LinkRequest.objects.get()
    assert (row.state, row.reason) == ("refused", "Фамилия не совпала.")
    assert AccountLink.objects.count() == 0


def test_a_second_decision_is_told_that_it_came_late(client, asked):
    request, account = asked
    sign_in(client, account)
    client.post(page_of(request), {"refuse": "1", "reason": "Нет."})

    response = client.post(page_of(request), {"approve": "1"}, follow=True)

    assert "состояние уже изменилось" in text(response)
    assert AccountLink.objects.count() == 0


def test_a_number_that_nobody_has_is_said_to_staff_only(client):
    account = account_c(rules={"search_proofs": [], "link_proofs": ["manual"]})
    ask(person()[1], account, number="87654321", search={})
    sign_in(client, account)
    request = LinkRequest.objects.get()

    assert "Счёта с таким номером в данных нет" in text(client.get(page_of(request)))
    answer = client.post(page_of(request), {"approve": "1"}, follow=True)
    assert "открыть доступ не к чему" in text(answer)
    assert LinkRequest.objects.get().state == "waiting"


def _other_provider(account):
    return staff(account_c(), Role.ADMINISTRATOR)[0]


def _other_role(account):
    user = UserFactory()
    for role in (Role.PUBLISHER, Role.INTEGRATOR):
        StaffMember.objects.create(provider=account.provider, user=user, role=role)
    return user


def _platform(account):
    return User.objects.create_superuser("admin@example.ru", "x")


def _customer(account):
    return UserFactory()


@pytest.mark.parametrize("other", [_other_provider, _other_role, _platform, _customer])
@pytest.mark.parametrize("decision", [{"approve": "1"}, {"refuse": "1", "reason": "Нет"}])
def test_nobody_else_sees_or_decides(client, asked, other, decision):
    request, account = asked
    client.force_login(other(account))

    for response in (
        client.get(LIST, follow=True),
        client.get(page_of(request), follow=True),
        client.post(page_of(request), decision, follow=True),
    ):
        assert "12345678" not in text(response)
        assert "anna@example.ru" not in text(response)

    assert LinkRequest.objects.get().state == "waiting"
    assert AccountLink.objects.count() == 0
    assert trail().exclude(action="accounts.request.send").count() == 0


def test_a_role_opens_nothing_else_of_the_reference_data(client, asked):
    _request, account = asked
    sign_in(client, account, Role.ADMINISTRATOR)
    provider = account.provider

    index = text(client.get(reverse("admin:index")))
    assert "Просьбы о доступе" in index
    assert "Поставщики" not in index
    for address in (
        reverse("admin:providers_provider_changelist"),
        reverse("admin:providers_provider_change", args=[provider.pk]),
        reverse("admin:providers_staffmember_add"),
        reverse("admin:providers_apikey_changelist"),
    ):
        assert client.get(address).status_code == 403


def test_requests_are_neither_added_nor_deleted_nor_edited(client, asked):
    request, account = asked
    sign_in(client, account, Role.ADMINISTRATOR)

    assert client.get(reverse("admin:accounts_linkrequest_add")).status_code == 403
    delete = reverse("admin:accounts_linkrequest_delete", args=[request.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    client.post(page_of(request), {"refuse": "1", "number": "1", "reason": ""})
    assert LinkRequest.objects.get().number == "12345678"


def test_passwords_are_changed_where_guesses_are_counted(client, asked):
    sign_in(client, asked[1])

    assert client.get(reverse("admin:password_change")).url == reverse("account_change_password")


def test_the_desk_says_how_many_wait(client, asked):
    _request, account = asked
    sign_in(client, account)

    page = text(client.get(reverse("desk-home")))

    assert "Ждут вашего ответа: 1\u00a0просьба." in page
    assert f'href="{LIST}"' in page


def test_to_other_roles_the_desk_says_nothing_of_it(client, asked):
    client.force_login(_other_role(asked[1]))

    assert "Просьбы о доступе" not in text(client.get(reverse("desk-home")))


def test_a_switched_off_providers_staff_decide_nothing(client, asked):
    request, account = asked
    sign_in(client, account)
    account.provider.is_active = False
    account.provider.save()

    assert client.get(page_of(request)).status_code == 302
    assert ProviderFactory._meta.model.objects.filter(is_active=False).count() == 1

"""A link by which somebody else pays: what it shows, what it hides, and when it opens nothing (PAY-01, 19)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.models import AccountLink
from kabinet.accounts.scopes import accounts_open_for
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible
from kabinet.kernel.models import AuditEntry
from kabinet.payments.enums import Origin
from kabinet.payments.models import Attempt, Checkout, Merchant, PaymentLink
from kabinet.payments.operations import links
from kabinet.payments.operations.links import create_link, revoke_link
from kabinet.payments.queries.links import open_link
from kabinet.payments.scopes import payable_accounts
from kabinet.providers.enums import Feature
from tests.clock import NOW
from tests.factories import AccountFactory, AccountLinkFactory, UserFactory
from tests.payments import memory_bank
from tests.payments.carts import actor_of, payable
from tests.payments.payers import ledger
from tests.web.guests import words
from tests.web.pay.guests import seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books", "stopped_clock")]

DAY = dt.timedelta(days=1)


@pytest.fixture
def holder():
    return UserFactory()


@pytest.fixture
def account(holder):
    account = payable(holder, "941.36", "5.65", style="C")
    type(account).objects.filter(pk=account.pk).update(number="80511234")
    return account


@pytest.fixture
def link(holder, account):
    return create_link(actor=actor_of(holder), account_id=account.public_id, at=NOW)


def page_of(link):
    return reverse("pay-link", args=[link.token])


def share_of(account):
    return reverse("pay-share", kwargs={"account_id": account.public_id})


class TestMaking:
    def test_a_holder_makes_one_and_sees_its_address_and_code(self, client, holder, account):
        client.force_login(holder)
        client.post(share_of(account))

        page = client.get(share_of(account)).content.decode()

        token = re.search(r"/l/([\w-]+)/", page)[1]
        assert PaymentLink.objects.get().digest == links.digest_of(token)
        assert token not in str(PaymentLink.objects.values())
        assert 'aria-label="QR-код со ссылкой на оплату"' in page
        assert "действует до 21 декабря" in words(client.get(share_of(account)))
        entry = AuditEntry.objects.get(action="payments.link.create")
        assert (entry.actor_id, entry.details) == (holder.pk, {"account": account.pk})

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_page_costs_the_same_for_any_number(
        self, client, holder, account, count, django_assert_num_queries
    ):
        for _ in range(count):
            create_link(actor=actor_of(holder), account_id=account.public_id, at=NOW)
        client.force_login(holder)

        # session, user, links of accounts; links for payment
        with django_assert_num_queries(4):
            client.get(share_of(account))

    def test_the_ways_to_it_stand_on_the_payment_page(self, client, holder, account):
        client.force_login(holder)

        page = client.get(reverse("account-pay", kwargs={"account_id": account.public_id}))

        assert share_of(account) in page.content.decode()

    def test_a_limited_holder_is_offered_full_access(self, client, account):
        other = AccountLinkFactory(
            account=account, level=AccessLevel.LIMITED, extended_at=None
        ).user
        client.force_login(other)

        assert client.post(share_of(account)).status_code == 403
        with pytest.raises(links.AccountNotShareable):
            create_link(actor=actor_of(other), account_id=account.public_id, at=NOW)
        assert PaymentLink.objects.count() == 0

    @pytest.mark.parametrize("closed", ["stranger", "feature", "provider", "staff"])
    def test_nobody_else_makes_one(self, holder, account, closed):
        actor = actor_of(holder)
        if closed == "stranger":
            actor = actor_of(UserFactory())
        elif closed == "feature":
            policy = account.provider.policy
            policy.enabled_features = [row for row in policy.enabled_features if row != Feature.PAY]
            policy.save()
        elif closed == "provider":
            type(account.provider).objects.update(is_active=False)
        else:
            actor = Actor.guest(account.pk, until=NOW + DAY)

        with pytest.raises(NotVisible):
            create_link(actor=actor, account_id=account.public_id, at=NOW)

        assert PaymentLink.objects.count() == 0

    def test_there_are_no_more_than_ten_at_once(self, client, holder, account):
        for _ in range(links.MOST_AT_ONCE):
            create_link(actor=actor_of(holder), account_id=account.public_id, at=NOW)
        client.force_login(holder)

        page = client.post(share_of(account), follow=True)

        assert "Ссылок на этот счёт уже много" in words(page)
        assert PaymentLink.objects.count() == links.MOST_AT_ONCE

    def test_its_holder_revokes_it_and_nobody_else_does(self, client, holder, account, link):
        stranger = AccountLinkFactory(account=account, level=AccessLevel.EXTENDED).user
        client.force_login(stranger)
        for digest in (link.digest, "0" * 64, "\0"):
            assert client.post(share_of(account), {"revoke": digest}).status_code == 404
        assert PaymentLink.objects.get().revoked_at is None

        client.force_login(holder)
        for _ in range(2):
            client.post(share_of(account), {"revoke": link.digest})

        assert PaymentLink.objects.get().revoked_at == NOW
        assert AuditEntry.objects.filter(action="payments.link.revoke").count() == 1
        assert client.get(page_of(link)).status_code == 404


class TestOpening:
    def test_it_shows_no_personal_data(self, client, account, link):
        response = client.get(page_of(link))

        page = words(response)
        assert account.provider.name in page
        assert "••••1234" in page
        assert "947,01 ₽" in page
        for secret in ("80511234", account.surname, account.name, "Услуга 0", account.street):
            assert secret not in page
        assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert '<meta name="robots" content="noindex, nofollow">' in response.content.decode()

    def test_whoever_has_it_pays_and_sees_the_result_without_the_number(
        self, client, account, link, books
    ):
        address = client.post(page_of(link), seen(client, page_of(link))).url

        checkout = Checkout.objects.get()
        books.pay(Attempt.objects.get().acquirer_id)
        page = words(client.get(address))
        assert (checkout.origin, checkout.user) == (Origin.LINK, None)
        assert "Оплачено" in page
        assert "80511234" not in page
        assert "Услуга 0" not in page
        assert sum(amount for _kind, amount in ledger(account)) == Decimal("947.01")
        [order] = memory_bank.BOOKS.orders.values()
        assert order.description == "Оплата услуг, лицевой счёт ••••1234"

    def test_the_till_s_receipt_has_no_whole_number_either(self, client, account, link):
        Merchant.objects.update(issues_receipts=True)
        client.post(page_of(link), seen(client, page_of(link)))

        [order] = memory_bank.BOOKS.orders.values()

        assert {line.title for line in order.receipt.lines} == {
            "Услуга 0, ЛС ****1234",
            "Услуга 1, ЛС ****1234",
        }

    def test_a_signed_in_person_pays_by_it_too(self, client, account, link, client_factory):
        payer = UserFactory()
        client.force_login(payer)
        address = client.post(page_of(link), seen(client, page_of(link))).url

        assert client.get(address).status_code == 200
        assert Checkout.objects.get().user is None
        other = client_factory()
        other.force_login(payer)
        assert other.get(address).status_code == 404
        client.logout()
        assert client.get(address).status_code == 404

    def test_a_signed_in_payer_is_not_led_to_a_cart_that_never_had_it(self, client, link, books):
        client.force_login(UserFactory())
        address = client.post(page_of(link), seen(client, page_of(link))).url
        books.decline(Attempt.objects.get().acquirer_id)

        page = words(client.get(address))

        assert "Попробовать ещё раз" in page
        assert "Изменить платёж" not in page

    def test_it_opens_paying_for_that_one_account_and_nothing_else(self, account, link):
        AccountFactory(provider=account.provider)
        actor = open_link(token=link.token, address="192.0.2.1", at=NOW).actor

        assert list(payable_accounts(actor)) == [account]
        for feature in set(Feature) - {Feature.PAY}:
            assert not accounts_open_for(actor, feature).exists()

    @pytest.mark.parametrize("lines", [1, 3])
    def test_it_costs_the_same_for_any_number_of_lines(
        self, client, holder, lines, django_assert_num_queries
    ):
        account = payable(holder, *["50.00"] * lines, style="C")
        made = create_link(actor=actor_of(holder), account_id=account.public_id, at=NOW)

        # limiter; link, account; bills, balances, payees, unconfirmed payments; words
        with django_assert_num_queries(8):
            client.get(page_of(made))


class TestGone:
    def gone(self, client, link):
        response = client.get(page_of(link))
        assert "Ссылка не работает" in words(response)
        assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
        return response.status_code

    def test_after_thirty_days(self, client, link, monkeypatch):
        monkeypatch.setattr(timezone, "now", lambda: NOW + 30 * DAY)

        assert self.gone(client, link) == 404

    @pytest.mark.parametrize(
        "closed", ["revoked", "unlinked", "limited", "blocked", "feature", "provider", "missing"]
    )
    def test_when_its_holder_could_not_make_it_again(self, client, holder, account, link, closed):
        assert client.get(page_of(link)).status_code == 200
        filled = seen(client, page_of(link))
        mine = AccountLink.objects.filter(account=account, user=holder)
        if closed == "revoked":
            revoke_link(
                actor=actor_of(holder), account_id=account.public_id, digest=link.digest, at=NOW
            )
        elif closed == "unlinked":
            mine.update(ended_at=NOW)
        elif closed == "limited":
            mine.update(level=AccessLevel.LIMITED, extended_at=None)
        elif closed == "blocked":
            type(holder).objects.filter(pk=holder.pk).update(is_active=False)
        elif closed == "feature":
            policy = account.provider.policy
            policy.enabled_features = [row for row in policy.enabled_features if row != Feature.PAY]
            policy.save()
        elif closed == "provider":
            type(account.provider).objects.update(is_active=False)
        else:
            type(account).objects.filter(pk=account.pk).update(missing_since=NOW)

        assert self.gone(client, link) == 404
        assert client.post(page_of(link), filled).status_code == 404
        assert Checkout.objects.count() == 0

    def test_linking_anew_does_not_revive_it(self, client, holder, account, link):
        AccountLink.objects.update(linked_at=NOW + DAY)

        assert self.gone(client, link) == 404

    def test_tokens_are_not_guessed_for_ever(self, client, link, client_factory):
        for number in range(links.WRONG_TOKENS.tries):
            assert client.get(reverse("pay-link", args=[f"wrong{number}"])).status_code == 404

        blocked = client.get(page_of(link))

        assert (blocked.status_code, blocked.headers["Retry-After"]) == (429, "3600")
        elsewhere = client.get(page_of(link), REMOTE_ADDR="192.0.2.77")
        assert elsewhere.status_code == 200

    def test_one_that_has_expired_is_no_guess(self, client, link):
        PaymentLink.objects.update(revoked_at=NOW)
        for _ in range(links.WRONG_TOKENS.tries + 1):
            assert self.gone(client, link) == 404

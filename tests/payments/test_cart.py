"""The cart keeps what a person means to pay, at the sums that are due now (PAY-02, 30–34)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kabinet.accounts.queries import AccountNotFound, get_linked_accounts
from kabinet.kernel.actors import NOBODY
from kabinet.payments.models import CartItem, Merchant
from kabinet.payments.operations import cart as operations
from kabinet.payments.operations.cart import Choice, TypedLine
from kabinet.payments.queries.cart import get_cart
from kabinet.payments.queries.cart_rows import LineState
from kabinet.payments.queries.checkouts import CheckoutNotFound
from kabinet.providers.enums import Feature
from tests.clock import NOW
from tests.factories import UserFactory
from tests.factories.payments import (
    CheckoutFactory,
    CheckoutItemFactory,
    CheckoutPartFactory,
    paid,
)
from tests.payments.carts import actor_of, billed, cart_of, owe, payable, roubles, sums

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

RECEIPT = [
    ("Капитальный ремонт", "941.36"),
    ("Консьерж", "5.65"),
    ("Отопление", "2633.51"),
    ("Горячая вода", "1337.42"),
    ("Холодная вода", "74.62"),
    ("Вывоз мусора", "7.79"),
    ("Охрана", "134.92"),
]


@pytest.fixture
def user():
    return UserFactory()


def put(user, **choice):
    return operations.put_in_cart(actor=actor_of(user), choice=Choice(**choice), at=NOW)


def save(user, **sums_by_title):
    lines = {line.title: line.public_id for line in cart_of(user).lines}
    typed = {
        lines[title]: (roubles(sum_), roubles("0.00")) for title, sum_ in sums_by_title.items()
    }
    operations.save_cart(actor=actor_of(user), sums=typed, at=NOW)


class TestPuttingIn:
    def test_a_receipt_brings_all_its_services(self, user):
        account = payable(user)
        billed(account, "общая", RECEIPT)

        assert put(user, account=account.public_id, receipt="общая") == 7
        assert cart_of(user).total == roubles("5135.27")

    def test_the_same_receipt_twice_is_not_doubled(self, user):
        account = payable(user)
        billed(account, "общая", RECEIPT)

        put(user, account=account.public_id, receipt="общая")
        put(user, account=account.public_id, receipt="общая")

        assert (cart_of(user).count, cart_of(user).total) == (7, roubles("5135.27"))

    def test_of_two_receipts_only_the_chosen_one(self, user):
        account = payable(user)
        billed(account, "общая", [("Отопление", "100.00")])
        billed(account, "капремонт", [("Взнос", "50.00")])

        put(user, account=account.public_id, receipt="капремонт")

        assert sums(user) == [("Взнос", "50.00")]

    def test_everything_of_all_accounts_but_what_nobody_takes_money_for(self, user):
        payable(user, "10.00", "20.00")
        payable(user, "30.00")
        payable(user, "99.00", taking=False)

        assert put(user) == 3
        assert cart_of(user).total == roubles("60.00")

    def test_one_supplier(self, user):
        account = payable(user)
        bill = billed(account, "общая", RECEIPT)
        supplier = bill.lines.order_by("closing").last().supplier_id

        put(user, account=account.public_id, supplier_id=supplier)

        assert sums(user) == [("Отопление", "2633.51")]

    def test_lines_on_which_nothing_is_due_stay_out(self, user):
        account = payable(user, "0.00", "15.00")

        put(user, account=account.public_id)

        assert sums(user) == [("Услуга 1", "15.00")]

    def test_where_nothing_is_due_it_says_so_and_puts_nothing_in(self, user):
        account = payable(user, "0.00")

        with pytest.raises(operations.NothingIsDue):
            put(user, account=account.public_id)

        assert cart_of(user).count == 0

    def test_where_nobody_takes_money_it_says_so(self, user):
        account = payable(user, "15.00", taking=False)

        with pytest.raises(operations.NotPayableHere):
            put(user, account=account.public_id)

        assert CartItem.objects.count() == 0

    def test_another_persons_account_does_not_exist(self, user):
        foreign = payable(UserFactory(), "15.00")

        with pytest.raises(AccountNotFound):
            put(user, account=foreign.public_id)

        assert CartItem.objects.count() == 0

    def test_an_account_closed_to_paying_does_not_exist(self, user):
        enabled = [feature.value for feature in Feature if feature is not Feature.PAY]
        account = payable(user, "15.00", enabled_features=enabled)

        with pytest.raises(AccountNotFound):
            put(user, account=account.public_id)

        assert CartItem.objects.count() == 0

    def test_nobody_has_no_cart(self):
        with pytest.raises(AccountNotFound):
            operations.put_in_cart(actor=NOBODY, choice=Choice(), at=NOW)

        assert CartItem.objects.count() == 0

    def test_an_advance_goes_in_at_the_typed_sum(self, user):
        account = payable(user, "0.00")
        (balance,) = account.balances.all()
        typed = TypedLine((balance.service_id, None), "", roubles("300.00"), roubles("0.00"))

        operations.put_typed_in_cart(
            actor=actor_of(user), account_id=account.public_id, lines=[typed], at=NOW
        )

        (line,) = cart_of(user).ready
        assert (line.amount, line.due, line.is_edited) == (
            roubles("300.00"),
            roubles("0.00"),
            True,
        )

    def test_a_line_that_the_provider_does_not_have_is_refused(self, user):
        account = payable(user, "10.00")
        typed = TypedLine((1, None), "", roubles("300.00"), roubles("0.00"))

        with pytest.raises(operations.CartLineNotFound):
            operations.put_typed_in_cart(
                actor=actor_of(user), account_id=account.public_id, lines=[typed], at=NOW
            )

        assert CartItem.objects.count() == 0


class TestPreliminaryCharge:
    @pytest.fixture
    def account(self, user):
        account = payable(user)
        billed(account, "общая", [("Отопление", "100.00"), ("Вода", "50.00")], preliminary="30.00")
        return account

    def test_it_replaces_the_plain_due_and_back(self, user, account):
        put(user, account=account.public_id, receipt="общая")
        plain = sums(user)
        put(user, account=account.public_id, receipt="общая", is_ahead=True)
        ahead = sums(user)
        put(user, account=account.public_id, receipt="общая")

        assert plain == sums(user) == [("Вода", "50.00"), ("Отопление", "100.00")]
        assert ahead == [("Вода", "60.00"), ("Отопление", "120.00")]

    def test_the_cart_tells_both_sums_of_the_receipt(self, user, account):
        put(user, account=account.public_id, receipt="общая", is_ahead=True)

        (receipt,) = cart_of(user).accounts[0].receipts
        assert (receipt.kind, receipt.is_ahead, receipt.due, receipt.ahead) == (
            "общая",
            True,
            roubles("150.00"),
            roubles("180.00"),
        )

    def test_without_one_there_is_no_second_sum(self, user):
        account = payable(user)
        billed(account, "общая", [("Отопление", "100.00")])
        put(user, account=account.public_id)

        assert cart_of(user).accounts[0].receipts[0].ahead is None


class TestEditing:
    def test_a_typed_sum_stays_and_the_others_follow(self, user):
        put(user, account=payable(user, "10.00", "20.00").public_id)

        save(user, **{"Услуга 0": "500.00"})

        assert sums(user) == [("Услуга 0", "500.00"), ("Услуга 1", "20.00")]
        assert [line.is_edited for line in cart_of(user).lines] == [True, False]

    def test_typing_the_due_again_lets_the_line_follow_again(self, user):
        put(user, account=payable(user, "10.00").public_id)
        save(user, **{"Услуга 0": "500.00"})

        save(user, **{"Услуга 0": "10.00"})

        assert cart_of(user).lines[0].is_edited is False

    @pytest.mark.parametrize(
        ("amount", "penalty"), [("0.00", "0.00"), ("-5.00", "0.00"), ("5.00", "6.00")]
    )
    def test_a_sum_that_is_none_is_refused_and_nothing_changes(self, user, amount, penalty):
        put(user, account=payable(user, "10.00").public_id)
        line = cart_of(user).lines[0]

        with pytest.raises(operations.SumNotPositive):
            operations.save_cart(
                actor=actor_of(user),
                sums={line.public_id: (roubles(amount), roubles(penalty))},
                at=NOW,
            )

        assert sums(user) == [("Услуга 0", "10.00")]

    def test_a_penalty_is_a_part_of_its_line_and_can_be_left_out(self, user):
        account = payable(user)
        owe(account, "100.00", penalty=Decimal("7.00"))
        put(user, account=account.public_id)
        (line,) = cart_of(user).lines
        assert (line.amount, line.penalty) == (roubles("107.00"), roubles("7.00"))

        save(user, Газ="100.00")

        (line,) = cart_of(user).lines
        assert (line.amount, line.penalty, line.is_edited) == (
            roubles("100.00"),
            roubles("0.00"),
            True,
        )

    def test_a_line_goes_and_twice_is_once(self, user):
        put(user, account=payable(user, "10.00", "20.00").public_id)
        line = cart_of(user).lines[0]

        for _time in range(2):
            operations.remove_from_cart(actor=actor_of(user), line_id=line.public_id, at=NOW)

        assert sums(user) == [("Услуга 1", "20.00")]

    def test_another_persons_line_stays_where_it_is(self, user):
        other = UserFactory()
        put(other, account=payable(other, "10.00").public_id)
        line = cart_of(other).lines[0]

        operations.remove_from_cart(actor=actor_of(user), line_id=line.public_id, at=NOW)
        operations.save_cart(
            actor=actor_of(user),
            sums={line.public_id: (roubles("1.00"), roubles("0.00"))},
            at=NOW,
        )

        assert sums(other) == [("Услуга 0", "10.00")]

    def test_clearing_takes_everything_of_this_person_only(self, user):
        other = UserFactory()
        put(user, account=payable(user, "10.00").public_id)
        put(other, account=payable(other, "20.00").public_id)

        operations.clear_cart(actor=actor_of(user), at=NOW)

        assert (cart_of(user).count, cart_of(other).count) == (0, 1)


class TestWhatTheProviderChanges:
    @pytest.fixture
    def account(self, user):
        account = payable(user, "941.36")
        put(user, account=account.public_id)
        return account

    def change(self, account, due):
        account.balances.update(amount=Decimal(due))

    def test_the_sum_follows_and_the_change_is_told_until_the_cart_is_saved(self, user, account):
        self.change(account, "950.00")

        (line,) = cart_of(user).changed
        assert (line.amount, line.was) == (roubles("950.00"), roubles("941.36"))
        save(user)
        assert (list(cart_of(user).changed), cart_of(user).total) == ([], roubles("950.00"))

    def test_a_typed_sum_does_not_follow_and_the_change_is_told(self, user, account):
        save(user, **{"Услуга 0": "500.00"})
        self.change(account, "950.00")

        (line,) = cart_of(user).changed
        assert (line.amount, line.due, line.was) == (
            roubles("500.00"),
            roubles("950.00"),
            roubles("941.36"),
        )

    def test_another_figure_is_another_version_and_the_same_one_is_not(self, user, account):
        before = cart_of(user).version
        assert cart_of(user).version == before

        self.change(account, "950.00")

        assert cart_of(user).version != before

    def test_what_is_paid_meanwhile_falls_out_of_the_sum(self, user, account):
        paid(account=account, amount="941.36", at=NOW, service=account.balances.get().service)

        (line,) = cart_of(user).lines
        assert (line.state, cart_of(user).total) == (LineState.SETTLED, roubles("0.00"))
        save(user)
        assert cart_of(user).count == 0

    def test_a_line_that_the_provider_tells_no_more_falls_out_of_the_sum(self, user, account):
        owe(account, "5.00")
        account.balances.filter(amount="941.36").delete()

        (line,) = cart_of(user).lines
        assert (line.state, cart_of(user).total) == (LineState.GONE, roubles("0.00"))
        assert cart_of(user).stopped == 0

    def test_a_supplier_without_a_payee_stops_the_cart_and_is_kept(self, user, account):
        Merchant.objects.update(is_active=False)

        cart = cart_of(user)
        assert ([line.state for line in cart.lines], cart.stopped) == ([LineState.NO_PAYEE], 1)

    def test_payments_switched_off_stop_the_cart_and_keep_it(self, user, account):
        policy = account.provider.policy
        policy.enabled_features = [x for x in policy.enabled_features if x != Feature.PAY]
        policy.save()

        cart = cart_of(user)
        assert ([line.state for line in cart.lines], cart.stopped) == ([LineState.CLOSED], 1)
        save(user)
        assert cart_of(user).count == 1

    def test_an_unlinked_account_leaves_a_count_and_no_figure(self, user, account):
        account.links.update(ended_at=NOW)

        cart = cart_of(user)
        assert (list(cart.lines), cart.strays, cart.stopped) == ([], 1, 1)

    def test_what_cannot_be_paid_goes_at_one_press_and_the_rest_stays(self, user, account):
        put(user, account=payable(user, "20.00").public_id)
        account.links.update(ended_at=NOW)

        operations.drop_unpayable(actor=actor_of(user), at=NOW)

        assert (sums(user), cart_of(user).stopped) == ([("Услуга 0", "20.00")], 0)


class TestBounds:
    def test_a_payee_that_gets_too_little_is_marked(self, user):
        put(user, account=payable(user, "9.99").public_id)

        assert [line.is_too_small for line in cart_of(user).lines] == [True]

    def test_bounds_are_inclusive(self, user):
        put(user, account=payable(user, "10.00", pay_max=10).public_id)

        cart = cart_of(user)
        assert ([line.is_too_small for line in cart.lines], cart.too_large) == ([False], ())

    def test_more_than_a_provider_takes_at_once_is_told_with_the_bound(self, user):
        put(user, account=payable(user, "10000.00", "5000.01", pay_max=15000).public_id)

        (bound,) = cart_of(user).too_large
        assert (bound.maximum, bound.amount) == (roubles("15000.00"), roubles("15000.01"))


class TestRepeating:
    def checkout(self, user, account, *, is_paid, due="50.00"):
        merchant = Merchant.objects.get(provider=account.provider)
        checkout = CheckoutFactory(user=user, amount=Decimal("77.00"), created_at=NOW)
        part = CheckoutPartFactory(checkout=checkout, merchant=merchant, paid=is_paid)
        service = account.balances.get().service
        CheckoutItemFactory(part=part, account=account, service=service, due=Decimal(due))
        return checkout

    def again(self, user, checkout):
        return operations.repeat_in_cart(
            actor=actor_of(user), checkout_id=checkout.public_id, at=NOW
        )

    def test_what_did_not_go_through_comes_at_the_typed_sum(self, user):
        account = payable(user, "50.00")

        assert self.again(user, self.checkout(user, account, is_paid=False)) == 1
        assert sums(user) == [("Услуга 0", "77.00")]

    def test_what_is_owed_at_another_sum_now_comes_at_that(self, user):
        account = payable(user, "50.00")

        self.again(user, self.checkout(user, account, is_paid=False, due="40.00"))

        assert sums(user) == [("Услуга 0", "50.00")]

    def test_what_is_owed_no_more_stays_out(self, user):
        account = payable(user, "0.00")

        with pytest.raises(operations.NothingIsDue):
            self.again(user, self.checkout(user, account, is_paid=False))

        assert CartItem.objects.count() == 0

    def test_what_was_paid_comes_at_what_is_due_now(self, user):
        account = payable(user, "50.00")

        self.again(user, self.checkout(user, account, is_paid=True))

        assert sums(user) == [("Услуга 0", "50.00")]

    def test_what_can_be_paid_no_more_is_refused(self, user):
        account = payable(user, "50.00")
        checkout = self.checkout(user, account, is_paid=True)
        account.links.update(ended_at=NOW)

        with pytest.raises(operations.NotPayableHere):
            self.again(user, checkout)

        assert CartItem.objects.count() == 0

    def test_another_persons_payment_does_not_exist(self, user):
        other = UserFactory()
        checkout = self.checkout(other, payable(other, "50.00"), is_paid=True)

        with pytest.raises(CheckoutNotFound):
            self.again(user, checkout)

        assert CartItem.objects.count() == 0


@pytest.mark.parametrize(("accounts", "lines"), [(1, 1), (3, 7)])
def test_reading_the_cart_takes_the_same_queries(user, django_assert_num_queries, accounts, lines):
    for _account in range(accounts):
        put(user, account=payable(user, *["10.00"] * lines).public_id)
    actor = actor_of(user)
    known = get_linked_accounts(actor=actor)

    # Cards, words and lines together; payees; balances, bills; payments that the books don't hold.
    with django_assert_num_queries(5):
        cart = get_cart(actor=actor, accounts=known, at=NOW)

    assert len(cart.lines) == accounts * lines

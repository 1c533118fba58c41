"""One person, two payees, a bank, a provider's books and a clock: what the histories of payments are made of.

Every step does what some process would do, with real transactions; troubles of the bank and kills come in between.
``REAL_FILES``: this share of the provider's files goes through a real import, the rest through its effect on the rows.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import F
from procrastinate.contrib.django.models import ProcrastinateJob

from kabinet.accounts.queries import get_linked_accounts
from kabinet.billing.models import Balance, PostedPayment
from kabinet.billing.queries import get_due
from kabinet.exchange.exports import Target, export_new
from kabinet.exchange.operations import import_bundle
from kabinet.exchange.report import Options
from kabinet.kernel.actors import SYSTEM, Actor, ActorKind, Role
from kabinet.kernel.errors import Refused
from kabinet.kernel.money import Money
from kabinet.payments.enums import (
    REFUND_UNDER_WAY,
    UNDER_WAY,
    AttemptState,
    Outcome,
    PartState,
    RefundState,
)
from kabinet.payments.gateways.base import NoticeRefused, TruthState
from kabinet.payments.models import (
    Attempt,
    Checkout,
    CheckoutPart,
    Discrepancy,
    LedgerEntry,
    Refund,
)
from kabinet.payments.operations import attempts, notices, polling, refunding, refunds
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.payments.operations.disputes import deciding, other_refunds
from kabinet.payments.operations.notices import Envelope
from kabinet.payments.queries.payables import get_payables
from kabinet.providers.models import ProviderPolicy
from tests.factories import (
    AccountFactory,
    AccountLinkFactory,
    BalanceFactory,
    ProviderFactory,
    ServiceFactory,
    SupplierFactory,
    UserFactory,
)
from tests.factories.payments import MerchantFactory, MerchantSupplierFactory
from tests.payments.memory_bank import ADDRESS, CODE, Books, Killed
from tests.payments.payers import line, order

REAL_FILES = 0.1
TROUBLES = ("", "", "", "down", "lost", "killed before", "killed after", "refuse repetition")
WORK = {
    "payments.check": attempts.check,
    "payments.adopt": notices.adopt,
    "payments.check_refund": refunding.check_refund,
}


@dataclass
class Clock:
    now: dt.datetime = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)

    def tick(self, seconds):
        self.now += dt.timedelta(seconds=seconds)


@dataclass
class World:
    dice: random.Random
    books: Books
    clock: Clock
    folder: object
    told: Counter = field(default_factory=Counter)
    exported: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self):
        self.provider = ProviderFactory()
        ProviderPolicy.objects.filter(provider=self.provider).update(
            commission_card="0.70", pay_max=0
        )
        self.gas = ServiceFactory(provider=self.provider)
        self.fund = SupplierFactory(provider=self.provider)
        self.merchants = [
            MerchantFactory(provider=self.provider, gateway=CODE, issues_receipts=False),
            MerchantFactory(
                provider=self.provider, gateway=CODE, issues_receipts=False, is_default=False
            ),
        ]
        MerchantSupplierFactory(merchant=self.merchants[1], supplier=self.fund)
        self.account = AccountFactory(provider=self.provider)
        link = AccountLinkFactory(account=self.account, level="extended")
        self.person = Actor.customer(link.user_id, "192.0.2.1")
        grants = frozenset({(self.provider.pk, Role.ADMINISTRATOR)})
        self.chief = Actor(ActorKind.STAFF, user_id=UserFactory().pk, grants=grants)
        self.debt = {None: Decimal("5000.00"), self.fund: Decimal("800.00")}
        as_of = self.clock.now - dt.timedelta(hours=1)
        for supplier, amount in self.debt.items():
            BalanceFactory(
                account=self.account,
                service=self.gas,
                supplier=supplier,
                amount=amount,
                penalty=None,
                as_of=as_of,
            )

    # --- what the person does

    def press(self):
        """Choose lines and sums and press; perhaps twice, perhaps the web process dies on the way."""
        due = self._asked()
        suppliers = self.dice.sample([None, self.fund], self.dice.randint(1, 2))
        form = order(
            *[
                line(
                    self.account,
                    f"{self.dice.randint(10, 900)}.{self.dice.randint(0, 99):02d}",
                    service=self.gas,
                    supplier=supplier,
                    due=due[supplier and supplier.pk],
                )
                for supplier in suppliers
            ],
            again=self.dice.random() < 0.5,
        )
        for _ in range(self.dice.choice((1, 1, 2))):
            self._quietly(
                lambda: self._go(open_checkout(actor=self.person, order=form, at=self.clock.now))
            )

    def _asked(self):
        """What the payment page asks for at this moment, by supplier."""
        accounts = get_linked_accounts(actor=self.person)
        (payables,) = get_payables(actor=self.person, accounts=accounts, at=self.clock.now).values()
        return {row.supplier_id: row.due for row in payables.lines}

    def carry_on(self):
        checkout = self._any(Checkout.objects.filter(user=self.person.user_id))
        if checkout is not None:
            self._quietly(lambda: self._go(checkout.public_id))

    def watch(self):
        """The person's page asks."""
        attempt = self._any(self._attempts().filter(state__in=UNDER_WAY))
        if attempt is not None:
            self._troubled(lambda: attempts.look(attempt_ids=[attempt.pk], at=self.clock.now))

    def _go(self, checkout_id):
        self._troubled(
            lambda: attempts.pay(actor=self.person, checkout_id=checkout_id, at=self.clock.now)
        )

    # --- what happens at the bank

    def confirm(self):
        if (payment := self._pending()) is not None:
            self.books.pay(payment, at=self.clock.now)

    def decline(self):
        if (payment := self._pending()) is not None:
            self.books.decline(payment)

    def take_a_wrong_sum(self):
        if (payment := self._pending()) is not None:
            amount = self.dice.choice(("1.00", "123.45", "1999.99"))
            self.books.pay(payment, amount=Money(Decimal(amount)), at=self.clock.now)

    def return_otherwise(self):
        """The bank takes its time over a refund, declines, or makes what it had declined, perhaps of another sum."""
        mine = {row.pk for row in self.merchants}
        unmade = [
            refund_id
            for refund_id, truth in self.books.refunds.items()
            if truth.state is not TruthState.SUCCEEDED
            and self.books.merchant_of[self.books.refund_of[refund_id]] in mine
        ]
        if not unmade or self.dice.random() < 0.3:
            self.books.refund_moods = ["slowly"]
            return
        states = (TruthState.SUCCEEDED, TruthState.SUCCEEDED, TruthState.CANCELED)
        self.books.end_refund(
            self.dice.choice(unmade),
            self.dice.choice(states),
            self.dice.choice((None, self._odd())),
        )

    def _odd(self):
        """A sum that nobody has asked for: less than a refund most often, or more."""
        return Money(Decimal(self.dice.choice(("7.77", "333.33"))))

    # --- what reaches us

    def notify(self):
        """Genuine, doubled, about nothing, and forged, in any order and as late as it likes."""
        known = [f"payment:{name}" for name in (*self.books.payments, "bank-unknown")]
        known += [f"refund:{name}" for name in self.books.refunds]
        for _ in range(self.dice.choice((1, 1, 3))):
            name = self.dice.choice(known)
            address = self.dice.choice((ADDRESS, ADDRESS, "203.0.113.7"))
            self._tell(self.dice.choice(self.merchants), name, address)

    def _tell(self, merchant, name, address=ADDRESS):
        envelope = Envelope(name.encode(), {}, address)
        self._quietly(
            lambda: notices.take_notice(
                gateway_code=CODE, merchant_id=merchant.public_id, envelope=envelope
            )
        )

    def poll(self):
        self.clock.tick(self.dice.choice((5, 30, 300, 1500, 90_000)))
        polling.enqueue_due(at=self.clock.now)
        polling.enqueue_due_refunds(at=self.clock.now)

    def work(self):
        """A worker takes a job, and perhaps dies over it: then the job is gone and only the poller is left."""
        job = self._any(ProcrastinateJob.objects.filter(task_name__in=WORK))
        if job is not None:
            arguments = dict(job.args)
            ProcrastinateJob.objects.filter(pk=job.pk)._raw_delete("default")
            self._troubled(lambda: WORK[job.task_name](**arguments, at=self.clock.now))

    # --- what staff and the provider do

    def refund(self):
        parts = CheckoutPart.objects.filter(checkout__user=self.person.user_id)
        # Most orders make sense; one for what is not paid is refused.
        part = self._any(parts.filter(state=PartState.PAID)) or self._any(parts)
        if part is None:
            return
        item = part.items.order_by("position").first()
        some = {item.position: Money((item.amount / 3).quantize(Decimal("0.01")))}
        sums = self.dice.choice((None, some))
        if self.dice.random() < 0.5:
            self.books.refund_moods = [self._odd()]
        wanted = refunds.RefundOrder(
            part.checkout.public_id, part.number, "заявление", self._uuid(), sums
        )
        for _ in range(self.dice.choice((1, 2))):
            self._quietly(
                lambda: refunds.request_refund(actor=self.chief, order=wanted, at=self.clock.now)
            )

    def decide(self):
        """The chief looks at what contradicts and decides, perhaps with two windows open, perhaps after a change."""
        found = self._any(Discrepancy.objects.filter(provider_id=self.provider.pk))
        if found is None:
            return
        self._troubled(lambda: self._decide(found))

    def _decide(self, found):
        if found.key.startswith("refund:"):
            look = other_refunds.look(actor=self.chief, discrepancy_id=found.pk, at=self.clock.now)
            decide = other_refunds.decide
        else:
            look = deciding.look(actor=self.chief, discrepancy_id=found.pk)
            decide = deciding.decide
        if not look.ways:
            return
        books = Outcome.BOOKED in look.ways and self.dice.random() < 0.6
        way = Outcome.BOOKED if books else self.dice.choice(look.ways)
        wanted = deciding.Decision(found.pk, way, "решено", look.mark, self._uuid())
        for _ in range(self.dice.choice((1, 2))):
            decide(actor=self.chief, decision=wanted, at=self.clock.now)
            self.told["decided"] += 1
            self.told[f"decided {way.value}"] += 1

    def export(self):
        run = export_new(
            actor=SYSTEM,
            provider_code=self.provider.code,
            what="payments",
            target=Target(self.folder / "out.csv"),
            at=self.clock.now,
        )
        if run is not None:
            header, *rows = (self.folder / "out.csv").read_text("utf-8-sig").splitlines()
            place = header.split(";").index("portal_id")
            self.exported += [row.split(";")[place] for row in rows]

    def provider_file(self):
        """The provider's books take in some of what they were given, and tell the balances after it."""
        handed = [row for row in self._entries() if row.export_number and not row.posted]
        if not handed:
            return
        chosen = self.dice.sample(handed, self.dice.randint(1, len(handed)))
        if self.dice.random() < REAL_FILES:
            self._import(chosen)
            return
        for entry in chosen:
            self._post(entry)

    def _post(self, entry):
        sign = 1 if entry.kind == "paid" else -1
        PostedPayment.objects.create(
            account=self.account,
            external_id=f"P{entry.pk}",
            received_on=self.clock.now.date(),
            amount=entry.amount * sign,
            source="Личный кабинет",
            portal_id=entry.public_id,
        )
        LedgerEntry.objects.filter(pk=entry.pk).update(
            posted=entry.amount, confirmed_at=self.clock.now
        )
        balances = Balance.objects.filter(account=self.account, supplier=entry.item.supplier)
        balances.update(amount=F("amount") - entry.amount * sign)

    def _import(self, entries):
        self.clock.tick(60)
        told = {row.supplier_id: row.amount for row in Balance.objects.filter(account=self.account)}
        payments = ["account;id;received_on;amount;source;portal_id"]
        for entry in entries:
            sign = 1 if entry.kind == "paid" else -1
            told[entry.item.supplier_id] -= entry.amount * sign
            payments.append(
                f"{self.account.number};P{entry.pk};{self.clock.now:%Y-%m-%d};{entry.amount * sign};"
                f"Личный кабинет;{entry.public_id}"
            )
        codes = {None: "", self.fund.pk: self.fund.code}
        balances = ["account;service;supplier;amount"] + [
            f"{self.account.number};{self.gas.code};{codes[supplier]};{amount}"
            for supplier, amount in told.items()
        ]
        bundle = self.folder / f"bundle-{self.told['files']}"
        self.told["files"] += 1
        bundle.mkdir()
        moment = self.clock.now.isoformat()
        manifest = (
            f'{{"format": "kabinet-bundle", "version": 1, "provider": "{self.provider.code}", "created_at":'
            f' "{moment}", "as_of": "{moment}", "mode": "delta", "sign": "debt_positive"}}'
        )
        (bundle / "manifest.json").write_text(manifest)
        (bundle / "payments.csv").write_text("\n".join(payments) + "\n")
        (bundle / "balances.csv").write_text("\n".join(balances) + "\n")
        report = import_bundle(
            actor=SYSTEM,
            path=bundle,
            provider_code=self.provider.code,
            options=Options(),
            at=self.clock.now,
        )
        assert (report.status, report.errors) == ("imported", [])

    # --- running

    STEPS = (
        ("press", 5),
        ("carry_on", 3),
        ("watch", 3),
        ("confirm", 6),
        ("decline", 2),
        ("take_a_wrong_sum", 2),
        ("notify", 4),
        ("poll", 4),
        ("work", 7),
        ("refund", 4),
        ("return_otherwise", 2),
        ("decide", 3),
        ("export", 1),
        ("provider_file", 1),
    )

    def step(self):
        names, weights = zip(*self.STEPS, strict=True)
        (name,) = self.dice.choices(names, weights)
        self.told[name] += 1
        getattr(self, name)()

    def come_to_rest(self):
        """No more troubles: everything that hangs comes out, most of it is decided, and all of it is exported.

        Most payments are paid only now: some of their money goes back, too.
        """
        self.books.troubles = self.books.refund_moods = []
        self._drain()
        for _ in range(self.dice.choice((0, 1, 2))):
            self.refund()
        self._drain()
        # The bank tells of every refund once more, and is heard.
        for refund in Refund.objects.filter(part__checkout__user=self.person.user_id):
            refunding.check_refund(refund_id=refund.pk, at=self.clock.now)
        for found in Discrepancy.objects.filter(provider_id=self.provider.pk).order_by("pk"):
            if self.dice.random() < 0.8:
                self._quietly(lambda found=found: self._decide(found))
        self._drain()
        self.export()

    def _drain(self):
        for _ in range(12):
            for payment in self.books.pending():
                self.books.expire(payment)
            for refund_id, truth in self.books.refunds.items():
                if truth.state is TruthState.PENDING:
                    ends = (TruthState.SUCCEEDED, TruthState.CANCELED)
                    self.books.end_refund(refund_id, self.dice.choice(ends))
            self.clock.tick(4000)
            polling.enqueue_due(at=self.clock.now)
            polling.enqueue_due_refunds(at=self.clock.now)
            while ProcrastinateJob.objects.filter(task_name__in=WORK).exists():
                self.work()
            if not self._hangs():
                break

    def _hangs(self):
        returns = Refund.objects.filter(
            part__checkout__user=self.person.user_id, state__in=REFUND_UNDER_WAY
        )
        # One of another sum waits for people.
        decided = {row.pk for row in self._made_otherwise() if row.state == RefundState.PENDING}
        waits = returns.exclude(pk__in=decided).exists()
        return self._attempts().filter(state__in=UNDER_WAY).exists() or waits

    def _troubled(self, work):
        self.books.troubles = [self.dice.choice(TROUBLES)]
        self._quietly(work)
        self.books.troubles = []

    def _quietly(self, work):
        try:
            work()
        except (Refused, NoticeRefused):
            self.told["refused"] += 1
        except Killed:
            self.told["killed"] += 1

    # --- what must hold

    def check_always(self):
        """At no moment do our books hold more than the bank's, nor a part twice; the sum shown follows the books."""
        entries = self._entries()
        for merchant in self.merchants:
            at_the_bank = self.books.taken(merchant.pk) + self._going_back(merchant)
            assert booked(entries, merchant) <= at_the_bank
            assert self._refunded_here(merchant) <= self._paid_here(merchant)
        refs = Counter(
            str(part)
            for part in Attempt.objects.filter(
                public_id__in=[
                    truth.ref
                    for truth in self.books.payments.values()
                    if truth.state is TruthState.SUCCEEDED and truth.refunded < truth.amount
                ]
            )
            .exclude(state=AttemptState.CLOSED)
            .values_list("part", flat=True)
        )
        assert not [part for part, count in refs.items() if count > 1]
        balances = sum(row.amount for row in Balance.objects.filter(account=self.account))
        unconfirmed = sum(row.unconfirmed for row in entries)
        assert self._due() == Money(balances - unconfirmed)

    def check_at_rest(self):
        """Money at the bank = money in paid attempts = money exported, less refunds, per payee; the due is the debt
        less what was paid; what contradicts is on the list."""
        assert not self._hangs()
        # Of what people have closed by hand nothing is in our books either.
        unbooked = [AttemptState.DISPUTED, AttemptState.CLOSED]
        disputed, entries = list(self._attempts().filter(state__in=unbooked)), self._entries()
        for merchant in self.merchants:
            odd = Money.total(
                self._held(row.acquirer_id)
                for row in disputed
                if row.merchant_id == merchant.pk
                and self.books.payments[row.acquirer_id].state is TruthState.SUCCEEDED
            )
            gone = Money.total(
                self._returned_at_the_bank(row)
                for row in self._made_otherwise()
                if row.attempt.merchant_id == merchant.pk
                and row.attempt.state == AttemptState.SUCCEEDED
            )
            assert booked(entries, merchant) + odd - gone == self.books.taken(merchant.pk)
        keys = set(Discrepancy.objects.values_list("key", flat=True))
        assert {f"attempt:{row.public_id}" for row in disputed} <= keys
        assert {f"refund:{row.public_id}" for row in self._made_otherwise()} <= keys
        assert sorted(self.exported) == sorted(str(row.public_id) for row in entries)
        moved = sum(row.amount if row.kind == "paid" else -row.amount for row in entries)
        assert self._due() == Money(sum(self.debt.values()) - moved)

    def _held(self, acquirer_id):
        truth = self.books.payments[acquirer_id]
        return truth.amount - truth.refunded

    def _going_back(self, merchant):
        """Given back at the bank, and we do not know it yet, or nobody has booked it."""
        mine = Refund.objects.filter(part__merchant=merchant).exclude(state="succeeded")
        return Money.total(self._returned_at_the_bank(row) for row in mine)

    def _made_otherwise(self):
        """Refunds that the bank has made and our books do not hold."""
        mine = Refund.objects.filter(part__checkout__user=self.person.user_id)
        rows = mine.exclude(state="succeeded").select_related("attempt")
        return [row for row in rows.order_by("pk") if self._returned_at_the_bank(row)]

    def _returned_at_the_bank(self, refund):
        name = self.books.refund_refs.get(str(refund.public_id))
        truth = self.books.refunds.get(name)
        is_made = truth is not None and truth.state is TruthState.SUCCEEDED
        return truth.amount if is_made else Money.zero()

    def _refunded_here(self, merchant):
        return self._moved(merchant, "refunded")

    def _paid_here(self, merchant):
        return self._moved(merchant, "paid")

    def _moved(self, merchant, kind):
        rows = LedgerEntry.objects.filter(attempt__merchant=merchant, kind=kind)
        return Money(sum((row.amount + row.commission for row in rows), Decimal("0.00")))

    def _due(self):
        (account,) = get_linked_accounts(actor=self.person)
        return get_due(actor=self.person, account=account, at=self.clock.now).amount

    def _entries(self):
        entries = LedgerEntry.objects.filter(account=self.account).select_related(
            "attempt", "item__supplier"
        )
        return list(entries.order_by("pk"))

    def _attempts(self):
        return Attempt.objects.filter(part__checkout__user=self.person.user_id)

    def _pending(self):
        mine = {row.pk for row in self.merchants}
        pending = [key for key in self.books.pending() if self.books.merchant_of[key] in mine]
        return self.dice.choice(pending) if pending else None

    def _any(self, rows):
        found = list(rows.order_by("pk"))
        return self.dice.choice(found) if found else None

    def _uuid(self):
        return uuid.UUID(int=self.dice.getrandbits(128), version=4)


def booked(entries, merchant):
    """What stands in our books for the payee, less what went back."""
    sums = (
        (row.amount + row.commission) * (1 if row.kind == "paid" else -1)
        for row in entries
        if row.attempt.merchant_id == merchant.pk
    )
    return Money(sum(sums, Decimal("0.00")))


def new_world(seed, books, clock, folder):
    return World(random.Random(seed), books, clock, folder)

"""Objects for tests, made straight in the database with believable values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.models import Account, AccountLink, AccountService
from kabinet.billing.models import Balance, Bill, BillLine, PostedPayment, Tariff
from kabinet.identity.models import User
from kabinet.metering.models import Meter, Reading
from kabinet.providers.enums import Style
from kabinet.providers.models import Provider, ProviderPolicy, Service, Supplier
from kabinet.providers.presets import PRESETS

NOON = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence("person{}@example.ru".format)


class ProviderFactory(DjangoModelFactory):
    """A provider with the policy of its style; ``policy__name=value`` changes a rule."""

    class Meta:
        model = Provider
        skip_postgeneration_save = True

    code = factory.Sequence("provider{}".format)
    name = factory.Sequence("ООО «Поставщик {}»".format)
    style = Style.B

    @factory.post_generation
    def policy(self, create, extracted, **rules):
        ProviderPolicy.objects.create(provider=self, **{**PRESETS[self.style], **rules})


class ServiceFactory(DjangoModelFactory):
    class Meta:
        model = Service

    provider = factory.SubFactory(ProviderFactory)
    code = factory.Sequence("service{}".format)
    name = "Газоснабжение"
    unit = "м³"
    kind = "gas"


class SupplierFactory(DjangoModelFactory):
    class Meta:
        model = Supplier

    provider = factory.SubFactory(ProviderFactory)
    code = factory.Sequence("supplier{}".format)
    name = "ООО «Газ Пример»"
    inn = "7707083893"
    bank_account = "40702810138250123017"
    bank = "ПАО Сбербанк"
    bic = "044525225"
    corr_account = "30101810400000000225"
    phone = "+78462001010"


class AccountFactory(DjangoModelFactory):
    """An account; ``holders=[user]`` links people with full access, ``limited=[user]`` with limited."""

    class Meta:
        model = Account
        skip_postgeneration_save = True

    provider = factory.SubFactory(ProviderFactory)
    number = factory.Sequence("{:08d}".format)
    surname = "Абрамов"
    name = "Борис"
    patronymic = "Васильевич"
    city = "Озёрск"
    street = "ул. Лесная"
    house = "12"
    as_of = NOON

    @factory.post_generation
    def holders(self, create, extracted, **kwargs):
        for user in extracted or ():
            AccountLinkFactory(account=self, user=user)

    @factory.post_generation
    def limited(self, create, extracted, **kwargs):
        for user in extracted or ():
            AccountLinkFactory(account=self, user=user, level=AccessLevel.LIMITED, extended_at=None)


class AccountLinkFactory(DjangoModelFactory):
    class Meta:
        model = AccountLink

    user = factory.SubFactory(UserFactory)
    account = factory.SubFactory(AccountFactory)
    level = AccessLevel.EXTENDED
    linked_at = NOON
    extended_at = NOON


class AccountServiceFactory(DjangoModelFactory):
    class Meta:
        model = AccountService

    account = factory.SubFactory(AccountFactory)
    service = factory.SubFactory(
        ServiceFactory, provider=factory.SelfAttribute("..account.provider")
    )


class MeterFactory(DjangoModelFactory):
    class Meta:
        model = Meter

    account = factory.SubFactory(AccountFactory)
    serial = factory.Sequence("0741{:04d}".format)
    service = factory.SubFactory(
        ServiceFactory, provider=factory.SelfAttribute("..account.provider")
    )
    model = "БК-G4T"
    digits = 5


class ReadingFactory(DjangoModelFactory):
    class Meta:
        model = Reading

    meter = factory.SubFactory(MeterFactory)
    taken_on = dt.date(2026, 10, 22)
    accounted_on = dt.date(2026, 10, 31)
    value = Decimal("1899.0000")
    source = "inspector"
    status = "accepted"


class TariffFactory(DjangoModelFactory):
    class Meta:
        model = Tariff

    service = factory.SubFactory(ServiceFactory)
    valid_from = dt.date(2026, 7, 1)
    price = Decimal("7.12")


class BillFactory(DjangoModelFactory):
    class Meta:
        model = Bill

    account = factory.SubFactory(AccountFactory)
    period = factory.Sequence(lambda n: dt.date(2010 + n // 12 % 16, n % 12 + 1, 1))
    kind = "общая"
    as_of = NOON
    opening = Decimal("0.00")
    charged = Decimal("100.00")
    total = Decimal("100.00")


class BillLineFactory(DjangoModelFactory):
    class Meta:
        model = BillLine

    bill = factory.SubFactory(BillFactory)
    line = factory.Sequence("{}".format)
    service = factory.SubFactory(
        ServiceFactory, provider=factory.SelfAttribute("..bill.account.provider")
    )
    charged = Decimal("100.00")


class PostedPaymentFactory(DjangoModelFactory):
    class Meta:
        model = PostedPayment

    account = factory.SubFactory(AccountFactory)
    external_id = factory.Sequence("p{}".format)
    received_on = dt.date(2026, 10, 13)
    amount = Decimal("100.00")
    source = "Личный кабинет"


class BalanceFactory(DjangoModelFactory):
    class Meta:
        model = Balance

    account = factory.SubFactory(AccountFactory)
    service = factory.SubFactory(
        ServiceFactory, provider=factory.SelfAttribute("..account.provider")
    )
    amount = Decimal("100.00")
    as_of = NOON

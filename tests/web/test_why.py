"""«Почему такая сумма»: the page, its links, and who sees it."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature
from tests.factories import (
    AccountFactory,
    BillFactory,
    BillLineFactory,
    ServiceFactory,
    TariffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LAST = Period.of(timezone.localdate()).plus(-1)


@pytest.fixture
def user(client):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def account(user):
    return AccountFactory(holders=[user])


def text_of(response):
    return " ".join(response.content.decode().split())


def why(client, bill):
    return client.get(
        reverse(
            "bill-why",
            kwargs={"account_id": bill.account.public_id, "bill_id": bill.public_id},
        )
    )


def bill_of(account, period, *lines, **sums):
    """A bill whose charge is that of its lines: (service, volume, tariff)."""
    charged = [Decimal(volume) * Decimal(tariff) for _service, volume, tariff in lines]
    whole = sum(charged, Decimal("0.00"))
    bill = BillFactory(
        account=account,
        period=period.first_day,
        **{"charged": whole, "total": sums.get("opening", Decimal(0)) + whole} | sums,
    )
    for (service, volume, tariff), amount in zip(lines, charged, strict=True):
        BillLineFactory(
            bill=bill,
            service=service,
            volume=Decimal(volume),
            tariff=Decimal(tariff),
            basis="meter",
            charged=amount,
        )
    return bill


@pytest.fixture
def gas(account):
    return ServiceFactory(provider=account.provider, name="Газоснабжение", kind="gas", unit="м³")


def test_more_use_and_a_new_tariff_are_told_in_sentences(client, account, gas):
    TariffFactory(
        service=gas, valid_from=LAST.first_day, price=Decimal("7.50"), document="Приказ 5"
    )
    bill_of(account, LAST.plus(-1), (gas, "86", "7.00"))
    bill = bill_of(account, LAST, (gas, "120", "7.50"))

    page = text_of(why(client, bill))

    assert "Газа вы израсходовали на 34 м³ больше" in page
    assert "+238,00 ₽" in page
    assert "тариф вырос с 7,00 до 7,50 ₽/м³" in page
    assert "Приказ 5" in page
    assert "+60,00 ₽" in page
    assert "На 298,00 ₽ (50 %) больше" in page


def test_the_same_month_a_year_ago_is_compared_too(client, account, gas):
    bill_of(account, LAST.plus(-12), (gas, "100", "7.00"))
    bill_of(account, LAST.plus(-1), (gas, "90", "7.00"))
    bill = bill_of(account, LAST, (gas, "90", "7.00"))

    response = why(client, bill)

    month, year = response.context["cards"]
    assert month.causes == []
    assert [(cause.text, cause.amount.amount) for cause in year.causes] == [
        ("Газа вы израсходовали на 10\u00a0м³ меньше", Decimal("-70.00"))
    ]
    assert "Ничего не изменилось" in text_of(response)


def test_tariffs_that_grew_on_one_day_are_one_sentence(client, account):
    services = [ServiceFactory(provider=account.provider, name=f"Услуга {n}") for n in (1, 2, 3)]
    for service in services:
        TariffFactory(service=service, valid_from=LAST.first_day, price=Decimal(11))
    bill_of(account, LAST.plus(-1), *((service, "1", "10") for service in services))
    bill = bill_of(account, LAST, *((service, "1", "11") for service in services))

    (card,) = why(client, bill).context["cards"]

    (cause,) = card.causes
    assert "выросли тарифы на 3\u00a0услуги" in cause.text
    assert cause.amount.amount == Decimal("3.00")


def test_the_due_is_told_beside_the_charges(client, account, gas):
    bill_of(account, LAST.plus(-1), (gas, "10", "7.00"), total=Decimal("70.00"))
    bill = bill_of(
        account,
        LAST,
        (gas, "10", "7.00"),
        opening=Decimal("70.00"),
        paid=Decimal("0.00"),
        total=Decimal("140.00"),
    )

    (card,) = why(client, bill).context["cards"]

    assert [(row.name, row.change.amount) for row in card.story] == [
        ("Долг на начало месяца", Decimal("70.00")),
        ("Всего за месяц: начисления, льготы, пени", Decimal("0.00")),
        ("К оплате", Decimal("70.00")),
    ]


def test_an_open_month_says_that_its_sums_may_change(client, account, gas):
    bill_of(account, LAST.plus(-1), (gas, "10", "7.00"))
    bill = bill_of(account, LAST, (gas, "12", "7.00"), final=False)

    response = why(client, bill)

    assert "Месяц ещё не закрыт" in text_of(response)
    assert response.context["cards"][0].story == []


def test_the_first_bill_of_all_says_that_there_is_nothing_to_compare(client, account, gas):
    response = why(client, bill_of(account, LAST, (gas, "12", "7.00")))

    assert response.status_code == 200
    assert "Сравнить пока не с чем" in text_of(response)


def test_a_bill_without_lines_is_compared_as_a_whole(client, account, gas):
    BillFactory(account=account, period=LAST.plus(-1).first_day, charged=Decimal("50.00"))
    bill = bill_of(account, LAST, (gas, "12", "7.00"))

    assert "только общую сумму" in text_of(why(client, bill))


def test_separate_bills_are_compared_each_with_its_own_kind(client, account, gas):
    bill_of(account, LAST.plus(-1), (gas, "10", "7.00"), kind="Основная")
    bill_of(account, LAST.plus(-1), (gas, "99", "7.00"), kind="Вода")
    bill = bill_of(account, LAST, (gas, "11", "7.00"), kind="Основная")

    (card,) = why(client, bill).context["cards"]

    assert card.total.change.amount == Decimal("7.00")
    assert card.whole_month is False


def test_a_new_kind_of_bill_is_compared_month_with_month(client, account, gas):
    bill_of(account, LAST.plus(-1), (gas, "10", "7.00"), kind="Основная")
    bill_of(account, LAST.plus(-1), (gas, "2", "7.00"), kind="Вода")
    bill = bill_of(account, LAST, (gas, "13", "7.00"), kind="Объединённая")

    (card,) = why(client, bill).context["cards"]

    assert card.total.change.amount == Decimal("7.00")
    assert card.whole_month is True


def test_a_limited_holder_is_offered_full_access(client, user):
    account = AccountFactory(limited=[user])

    assert why(client, BillFactory(account=account)).status_code == 403


def test_a_section_that_is_off_does_not_exist(client, account):
    bill = BillFactory(account=account)
    assert why(client, bill).status_code == 200
    policy = account.provider.policy
    policy.enabled_features = [f for f in policy.enabled_features if f != Feature.BILLS]
    policy.save()

    assert why(client, bill).status_code == 404


def test_another_accounts_bill_is_not_found_under_ones_own(client, account):
    foreign = BillFactory()
    address = reverse(
        "bill-why", kwargs={"account_id": account.public_id, "bill_id": foreign.public_id}
    )

    assert client.get(address).status_code == 404
    assert (
        client.get(
            reverse("bill-why", kwargs={"account_id": account.public_id, "bill_id": uuid.uuid4()})
        ).status_code
        == 404
    )


@pytest.mark.parametrize(("months", "services"), [(1, 1), (3, 3), (24, 9)])
def test_the_page_costs_the_same_for_any_history(
    client, account, django_assert_max_num_queries, months, services
):
    offered = [ServiceFactory(provider=account.provider, name=f"У {n}") for n in range(services)]
    bills = [
        bill_of(account, LAST.plus(-back), *((s, str(5 + back), "7") for s in offered))
        for back in range(months)
    ]
    why(client, bills[0])

    with django_assert_max_num_queries(7):  # session, user, links, bill, months, lines, tariffs
        response = why(client, bills[0])

    assert len(response.context["cards"]) == {1: 0, 3: 1, 24: 2}[months]


def test_months_before_the_shown_history_are_not_compared_with(client, account, gas):
    policy = account.provider.policy
    policy.bill_history_months = 1
    policy.save()
    bill_of(account, LAST.plus(-1), (gas, "10", "7.00"))
    bill = bill_of(account, LAST, (gas, "11", "7.00"))

    assert why(client, bill).context["cards"] == []


def home_of(client, account):
    return text_of(client.get(reverse("account-home", kwargs={"account_id": account.public_id})))


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("118.00", "на 18 % больше прошлого"),
        ("111.00", "на 11 % больше прошлого"),
        ("80.00", "на 20 % меньше прошлого"),
        ("110.00", None),
        ("90.00", None),
        ("100.00", None),
    ],
)
def test_home_leads_to_the_reasons_when_the_due_differs_by_more_than_a_tenth(
    client, account, now, told
):
    BillFactory(account=account, period=LAST.plus(-1).first_day, total=Decimal("100.00"))
    bill = BillFactory(account=account, period=LAST.first_day, total=Decimal(now))
    link = reverse("bill-why", kwargs={"account_id": account.public_id, "bill_id": bill.public_id})

    page = home_of(client, account)

    assert (f'<a href="{link}">Почему счёт' in page) is (told is not None)
    assert told is None or told in page


def test_home_compares_all_bills_of_the_months_and_leads_to_the_largest(client, account):
    for kind, before, now in (("Основная", "80.00", "100.00"), ("Вода", "20.00", "30.00")):
        BillFactory(
            account=account, period=LAST.plus(-1).first_day, kind=kind, total=Decimal(before)
        )
        bill = BillFactory(account=account, period=LAST.first_day, kind=kind, total=Decimal(now))
        if kind == "Основная":
            link = reverse(
                "bill-why", kwargs={"account_id": account.public_id, "bill_id": bill.public_id}
            )

    page = home_of(client, account)

    assert "на 30 % больше прошлого" in page
    assert link in page


def test_home_asks_no_why_of_an_open_month_or_of_a_single_bill(client, account):
    BillFactory(account=account, period=LAST.first_day, total=Decimal("100.00"))
    assert "Почему счёт" not in home_of(client, account)

    BillFactory(
        account=account,
        period=LAST.plus(1).first_day,
        total=Decimal("500.00"),
        charged=Decimal("400.00"),
        final=False,
    )
    assert "Почему счёт" not in home_of(client, account)


def test_the_pages_of_bills_lead_to_it(client, account, gas):
    bill_of(account, LAST.plus(-1), (gas, "10", "7.00"))
    bill = bill_of(account, LAST, (gas, "12", "7.00"))
    link = reverse("bill-why", kwargs={"account_id": account.public_id, "bill_id": bill.public_id})
    month = {"account_id": account.public_id, "month": str(LAST)}

    assert link in text_of(client.get(reverse("bills", kwargs={"account_id": account.public_id})))
    assert link in text_of(client.get(reverse("charges-month", kwargs=month)))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"adjusted": "-30"}, ("Газоснабжение: сделан перерасчёт", "-30.00")),
        ({"adjusted": "-30"}, {}, ("был перерасчёт, теперь его нет", "30.00")),
        ({"adjusted": "5"}, {"adjusted": "-30"}, ("перерасчёт на другую сумму", "-35.00")),
        ({"benefit": "10"}, {"benefit": "35"}, ("Газоснабжение: льгота больше", "-25.00")),
        ({"benefit": "10"}, {}, ("Газоснабжение: льгота меньше", "10.00")),
        ({}, {"quality": "7"}, ("Газоснабжение: снято за качество больше", "-7.00")),
    ],
)
def test_what_stands_beside_the_charge_has_a_sentence(client, account, gas, before, after, told):
    (sentence, amount), bills = told, []
    for month, sums in ((LAST.plus(-1), before), (LAST, after)):
        bill = bill_of(account, month, (gas, "10", "7.00"))
        bill.lines.update(**{name: Decimal(text) for name, text in sums.items()})
        bills.append(bill)

    (card,) = why(client, bills[1]).context["cards"]

    (cause,) = card.causes
    assert sentence in cause.text
    assert cause.amount.amount == Decimal(amount)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (("norm", "13 м³/чел."), ("norm", "15 м³/чел."), "норматив 15 м³/чел., был 13 м³/чел."),
        (("meter", ""), ("norm", "13 м³/чел."), "по нормативу, а был по счётчику"),
        (("meter", ""), ("average", ""), "по среднему расходу, а был по счётчику"),
        (("heads", ""), ("heads", ""), "другое число жильцов"),
        (("area", ""), ("area", ""), "другая площадь"),
        (("other", ""), ("other", ""), "Газоснабжение: на 3 м³ больше"),
    ],
)
def test_a_volume_is_explained_by_what_it_was_counted_by(
    client, account, gas, before, after, sentence
):
    bills = []
    for month, volume, (basis, norm) in ((LAST.plus(-1), "10", before), (LAST, "13", after)):
        bill = bill_of(account, month, (gas, volume, "7.00"))
        bill.lines.update(basis=basis, norm=norm)
        bills.append(bill)

    page = text_of(why(client, bills[1]))

    assert sentence in page
    assert "+21,00 ₽" in page


def test_a_charge_without_a_tariff_says_that_the_reason_is_not_known(client, account, gas):
    bill_of(account, LAST.plus(-1), (gas, "10", "7.00"))
    bill = bill_of(account, LAST, (gas, "13", "7.00"))
    bill.lines.update(tariff=None)

    page = text_of(why(client, bill))

    assert "Поставщик не передал тариф или объём, поэтому причину назвать нельзя." in page
    assert "+21,00 ₽" in page


def test_an_overpayment_at_the_start_has_its_word(client, account, gas):
    bill_of(account, LAST.plus(-1), (gas, "10", "7.00"), opening=Decimal("-100.00"))
    bill = bill_of(account, LAST, (gas, "10", "7.00"), opening=Decimal("-30.00"))

    page = text_of(why(client, bill))

    assert '30,00 ₽ <small class="kb-word">переплата</small>' in page


def test_a_volume_that_was_taken_back_is_told_as_such(client, account, gas):
    bill_of(account, LAST.plus(-1), (gas, "10", "7.00"))
    bill = bill_of(account, LAST, (gas, "-4", "7.00"))

    page = text_of(why(client, bill))

    assert "поставщик вычел лишний объём" in page
    assert "−98,00 ₽" in page

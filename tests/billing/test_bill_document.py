"""The bill on paper: what stands on it, and the file that never changes (BIL-33…38, 41)."""

from __future__ import annotations

import datetime as dt
import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pypdfium2
import pytest
import zxingcpp
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from kabinet.billing import operations
from kabinet.billing.documents import bill_data, render_bill
from kabinet.billing.models import Bill, BillDocument, BillLine
from kabinet.billing.operations import BillFileLost, BillNotFound, issue_bill_document
from kabinet.billing.paper import get_bill_papers
from kabinet.kernel.actors import NOBODY, SYSTEM, Actor
from kabinet.kernel.models import AuditEntry
from kabinet.providers.enums import Feature
from kabinet.providers.models import Supplier
from tests.billing import papers
from tests.factories import (
    AccountFactory,
    BillFactory,
    BillLineFactory,
    MeterFactory,
    ReadingFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 1, 6, 0, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 11, 20, 6, 0, tzinfo=dt.UTC)
MARKUP = '#panic("x") *ж* _к_ $x^2$ [a] @b \\ <c> // ` "q" </svg>'


def paper_of(bill):
    return get_bill_papers([Bill.objects.select_related("account").get(pk=bill.pk)])[0]


def data_of(bill):
    """What the template gets, through the text that is really sent to it; no-break spaces made plain."""
    sent, pdf = render_bill(paper_of(bill), at=AT)
    assert pdf.startswith(b"%PDF-")
    return json.loads(sent.replace("\u00a0", " "))


def column(data, name):
    place = [shown for shown, _width in data["columns"]].index(name)
    return [row[place] for row in data["rows"]]


def text_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    return text.replace("\u00a0", " ").replace("\r\n", "\n")


def codes_on(pdf):
    page = pypdfium2.PdfDocument(pdf)[0]
    found = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    return sorted(code.bytes.decode() for code in found)


def issue(bill, *, actor=SYSTEM, at=AT, revision=None):
    return issue_bill_document(
        actor=actor, account_id=bill.account_id, bill_id=bill.public_id, at=at, revision=revision
    )


def test_the_gas_bill_says_who_pays_what_until_when_and_why():
    data = data_of(papers.gas_bill())

    assert data["title"] == "Счёт за октябрь 2026, лицевой счёт 33016355"
    assert data["provider"] == {
        "name": "ООО «Газ Пример»",
        "lines": [
            "ИНН 7707083893, КПП 770701001 · kabinet.example",
            "8 800 000-00-00 · пн–пт 8:00–19:00",
            "Озёрск, ул. Речная, 20",
        ],
    }
    assert data["number"] == "№ 33016355-202610, общая"
    assert data["account"] == ["33016355", "ЕЛС 20АА123456"]
    assert data["facts"] == [
        ["Плательщик", "Абрамов Б. В."],
        ["Адрес", "Тверская область, Озёрск, ул. Лесная, д. 12"],
        ["Помещение", "135,1 м², проживают 3, собственников 1"],
    ]
    assert data["due"] == {
        "words": "К оплате до",
        "until": "15 ноября 2026",
        "amount": "1 243,56 ₽",
    }
    assert data["change"] == {
        "headline": "Начислено на 173,84 ₽ больше, чем в сентябре:",
        "reasons": "расход 165 м³ вместо 138 м³ (+192,24 ₽), тариф не менялся, перерасчёт −18,40 ₽.",
    }
    assert data["footer"] == "Сформирован 1 ноября 2026 · данные поставщика на 31 октября 2026"


def test_the_gas_bill_shows_charges_meters_norms_and_a_year_of_use():
    data = data_of(papers.gas_bill())

    assert column(data, "service") == ["Газоснабжение природным газом", "Техобслуживание ВДГО"]
    assert column(data, "volume") == ["165 м³", "1 шт."]
    assert column(data, "basis") == ["счётчик", "другое"]
    assert column(data, "tariff") == ["7,12", "66,46"]
    assert column(data, "charged") == ["1 174,80", "66,46"]
    assert column(data, "adjusted") == ["−18,40", "0,00"]
    assert column(data, "opening") == ["1 069,72", "20,70"]
    assert column(data, "paid") == ["1 069,72", "0,00"]
    assert column(data, "total") == ["1 156,40", "87,16"]
    assert data["totals"] == [
        [
            "Всего",
            None,
            None,
            None,
            "1 241,26",
            "−18,40",
            "0,00",
            "1 090,42",
            "1 069,72",
            "1 243,56",
        ]
    ]
    assert data["meters"]["titles"] == [
        "Газоснабжение природным газом",
        "22.09.2026",
        "22.10.2026",
        "Расход",
    ]
    assert data["meters"]["rows"] == [["БК-G4T № 07416852", "01734", "01899", "165 м³"]]
    assert data["meters"]["note"] == "Следующая поверка до 9 января 2027."
    assert data["reference"] == [
        ["Норматив", "12 м³ на человека"],
        ["Тариф утверждён", "Приказ РЭК № 12 от 20.06.2026"],
        ["Среднее за 6 месяцев", "86 м³ в месяц"],
        ["Год назад, октябрь", "181 м³, 1 288,72 ₽"],
    ]
    assert data["recalculations"] == [["Газоснабжение природным газом", "−18,40 ₽"]]
    assert [bar["value"] for bar in data["chart"]["bars"]] == [
        *("214", "268", "290", "262", "196", "118", "52", "41", "44", "76", "138", "165")
    ]
    assert [bar["month"] for bar in data["chart"]["bars"] if bar["now"]] == ["окт"]
    assert data["remarks"] == [
        "Учтены платежи по 31.10.2026. Последняя оплата: 1 069,72 ₽, 13 октября 2026."
    ]


def test_two_payees_get_their_rows_and_their_sums_and_nothing_is_lost():
    bill = papers.housing_bill()
    paper = paper_of(bill)
    data = data_of(bill)

    assert [payee.amount.amount for payee in paper.payees] == [
        Decimal("7319.18"),
        Decimal("47807.99"),
    ]
    assert sum(payee.amount.amount for payee in paper.payees) == paper.due.amount
    assert paper.due.amount == Decimal("55127.17")
    assert [(payee["name"], payee["purpose"], payee["amount"]) for payee in data["payees"]] == [
        (
            "ТСЖ «Речное»",
            ["Лицевой счёт 1000000038", "услуги 1–2, 4, 8–9"],
            "7 319,18 ₽",
        ),
        (
            "АО «Тепло и вода»",
            ["Лицевой счёт 1000000038", "услуги 3, 5–7"],
            "47 807,99 ₽",
        ),
    ]
    assert data["notes"] == [
        "Предварительно за ноябрь: 1 904,64 ₽, вместе с ним 57 031,81 ₽. Эта сумма не окончательная."
    ]
    assert column(data, "total")[5:7] == ["20 218,51", "20 722,12"]
    assert data["totals"][0][-1] == "55 127,17"


def test_day_zones_and_penalties_have_rows_of_their_own():
    data = data_of(papers.electricity_bill())

    assert column(data, "service") == [
        "Электроэнергия, день",
        "Электроэнергия, ночь",
        "Пени: Электроэнергия",
    ]
    assert column(data, "tariff") == ["6,73", "2,542651", None]
    assert [(row[0], row[-1]) for row in data["totals"]] == [
        ("Всего за услуги", "1 422,44"),
        ("Пени", "3,15"),
        ("Итого", "1 425,59"),
    ]
    assert data["due"]["amount"] == "1 425,59 ₽"
    assert data["meters"]["note"] == "БК-G4T № 011987."
    assert [(row[0], row[3]) for row in data["meters"]["rows"]] == [
        ("Электроэнергия, день", "180 кВт·ч"),
        ("Электроэнергия, ночь", "83 кВт·ч"),
    ]


@pytest.mark.parametrize(
    ("total", "words", "amount"),
    [
        ("-200.55", "Переплата, платить не нужно", "200,55 ₽"),
        ("0.00", "Долга нет, платить не нужно", "0,00 ₽"),
    ],
)
def test_when_nothing_is_owed_the_word_says_so_and_there_is_no_code(total, words, amount):
    bill = papers.gas_bill()
    Bill.objects.filter(pk=bill.pk).update(total=Decimal(total))

    data = data_of(bill)

    assert data["due"] == {"words": words, "until": None, "amount": amount}
    assert [payee["code"] for payee in data["payees"]] == [None]


def test_the_provider_s_total_is_printed_though_the_rows_add_up_to_another():
    bill = papers.gas_bill()
    BillLine.objects.filter(bill=bill, line="2").update(closing=Decimal("1.00"))

    data = data_of(bill)

    assert data["due"]["amount"] == "1 243,56 ₽"
    assert data["totals"][0][-1] == "1 243,56"
    assert data["payees"][0]["amount"] == "1 243,56 ₽"


def test_columns_that_the_provider_never_fills_are_not_there():
    bill = BillFactory(account__number="7", period=papers.OCTOBER)
    BillLineFactory(bill=bill, closing=Decimal("100.00"))

    data = data_of(bill)

    assert [name for name, _width in data["columns"]] == ["service", "charged", "opening", "total"]


def test_what_was_taken_off_for_quality_has_a_column_when_it_is_given():
    bill = BillFactory(period=papers.OCTOBER)
    BillLineFactory(bill=bill, quality=Decimal("12.30"))

    assert column(data_of(bill), "quality") == ["12,30"]


def test_a_bill_without_rows_still_says_what_is_owed():
    bill = BillFactory(period=papers.OCTOBER, final=False)

    data = data_of(bill)

    assert (data["rows"], data["due"]["amount"]) == ([], "100,00 ₽")
    assert data["notes"] == ["Месяц ещё не закрыт: суммы не окончательные."]
    assert data["payees"][0]["name"] == "не указан"


@pytest.mark.parametrize("wrong", [{"bank_account": "40702810138250123018"}, {"bic": ""}])
def test_a_payee_with_wrong_details_is_named_without_them_and_without_a_code(wrong):
    bill = papers.gas_bill()
    Supplier.objects.update(**wrong)

    (payee,) = data_of(bill)["payees"]

    assert (payee["name"], payee["details"], payee["code"]) == ("ООО «Газ Пример»", [], None)
    assert "реквизиты не указаны" in text_of(render_bill(paper_of(bill), at=AT)[1])


def test_a_reading_not_given_in_the_month_is_a_dash_with_the_last_one_beside_it():
    bill = BillFactory(period=papers.OCTOBER)
    meter = MeterFactory(account=bill.account, serial="12345678")
    ReadingFactory(
        meter=meter,
        taken_on=dt.date(2026, 8, 20),
        accounted_on=dt.date(2026, 8, 20),
        value=Decimal("12.5"),
    )
    ReadingFactory(
        meter=meter,
        taken_on=dt.date(2026, 10, 20),
        accounted_on=None,
        status="rejected",
        value=Decimal(99),
    )

    assert data_of(bill)["meters"]["rows"] == [
        ["Газоснабжение", "БК-G4T № 12345678", "00012,5 на 20.08.2026", "—", "—", "—"]
    ]


def test_serials_are_masked_where_limited_links_reach_bills_and_not_serials():
    bill = papers.gas_bill()
    policy = bill.account.provider.policy
    policy.limited_features = [Feature.BALANCE, Feature.BILLS]
    policy.save()

    assert data_of(bill)["meters"]["rows"][0][0] == "БК-G4T № 0****52"


def test_the_pdf_is_one_tagged_page_in_russian_with_its_text_and_fonts_inside():
    for bill in (papers.gas_bill(), papers.electricity_bill(), papers.housing_bill()):
        pdf = render_bill(paper_of(bill), at=AT)[1]
        text = text_of(pdf)

        assert len(pypdfium2.PdfDocument(pdf)) == 1
        assert b"/MarkInfo" in pdf
        assert b"/Lang" in pdf
        assert b"pdfuaid" in pdf
        assert b"/FontFile2" in pdf
        assert f"Лицевой счёт {bill.account.number}" in text.replace("\n", " ")
        assert "К оплате до" in text


def test_the_printed_codes_read_back_with_the_sum_of_each_payee():
    gas = codes_on(render_bill(paper_of(papers.gas_bill()), at=AT)[1])
    housing = codes_on(render_bill(paper_of(papers.housing_bill()), at=AT)[1])

    assert [dict(pair.split("=") for pair in code[8:].split("|"))["Sum"] for code in gas] == [
        "124356"
    ]
    fields = [dict(pair.split("=") for pair in code[8:].split("|")) for code in housing]
    assert sorted((field["PersonalAcc"], field["Sum"]) for field in fields) == [
        ("40702810000000012345", "4780799"),
        ("40702810138250123017", "731918"),
    ]
    assert {field["PersAcc"] for field in fields} == {"1000000038"}


def test_the_same_bill_and_moment_give_the_same_bytes():
    paper = paper_of(papers.gas_bill())

    first, second = render_bill(paper, at=AT)[1], render_bill(paper, at=AT)[1]

    assert first == second
    assert first != render_bill(paper, at=LATER)[1]


def test_text_from_data_is_never_read_as_markup():
    bill = papers.gas_bill(surname=MARKUP, street=MARKUP, city="Озёрск " + MARKUP)
    BillLine.objects.filter(bill=bill).update(operation=MARKUP[:100], norm=MARKUP[:100])
    Supplier.objects.update(name=MARKUP)

    pdf = render_bill(paper_of(bill), at=AT)[1]

    assert MARKUP in text_of(pdf).replace("\n", " ")
    (code,) = codes_on(pdf)
    assert f"Name={MARKUP}" in code


def test_a_long_bill_grows_to_more_pages_and_keeps_every_row():
    bill = papers.housing_bill(
        surname="Константинопольский-Задунайский", street="ул. Героев Советского Союза " * 5
    )
    for number in range(60):
        BillLineFactory(bill=bill, line=f"1{number:02d}", operation=f"Операция-{number:02d}")

    pdf = render_bill(paper_of(bill), at=AT)[1]

    text = text_of(pdf)
    assert len(pypdfium2.PdfDocument(pdf)) in {2, 3, 4}
    assert [number for number in range(60) if f"Операция-{number:02d}" not in text] == []
    assert "Страница 2 из" in text


@pytest.mark.parametrize("bill_count", [1, 3])
def test_papers_of_many_bills_cost_as_many_queries_as_of_one(django_assert_num_queries, bill_count):
    made = [papers.gas_bill(number=str(number)).pk for number in range(bill_count)]
    bills = list(Bill.objects.filter(pk__in=made).select_related("account"))

    with django_assert_num_queries(7):
        got = get_bill_papers(bills)

    assert [paper.bill_id for paper in got] == [bill.pk for bill in bills]
    assert {paper.due.amount for paper in got} == {Decimal("1243.56")}
    assert {bill_data(paper, at=AT)["change"]["headline"] for paper in got} == {
        bill_data(got[0], at=AT)["change"]["headline"]
    }


def test_the_first_download_issues_the_document_and_the_next_give_the_same_bytes():
    bill = papers.gas_bill()

    first = issue(bill)
    again = issue(bill, at=LATER)

    document = BillDocument.objects.get()
    assert again == first
    assert first.file_name == "Счёт за октябрь 2026, общая, ЛС 33016355.pdf"
    assert (document.revision, document.size, document.issued_at) == (1, len(first.content), AT)
    assert str(bill.pk) not in document.file_key.split("/")
    assert AuditEntry.objects.filter(action="billing.bill.issue_document").count() == 1


def test_a_new_revision_is_a_new_document_and_the_old_one_stays():
    bill = papers.gas_bill()
    old = issue(bill)
    Bill.objects.filter(pk=bill.pk).update(total=Decimal("999.00"), revision=2)

    new = issue(bill, at=LATER)
    kept = issue(bill, at=LATER, revision=1)

    assert (new.revision, new.is_replaced) == (2, False)
    assert (kept.revision, kept.is_replaced, kept.content) == (1, True, old.content)
    assert "999,00" in text_of(new.content)
    assert BillDocument.objects.count() == 2


def test_a_revision_that_nobody_was_given_does_not_exist():
    bill = papers.gas_bill()
    Bill.objects.filter(pk=bill.pk).update(revision=2)

    with pytest.raises(BillNotFound):
        issue(bill, revision=1)

    assert not BillDocument.objects.exists()


def test_a_lost_file_comes_back_only_as_the_very_same_bytes():
    bill = papers.gas_bill()
    first = issue(bill)
    key = BillDocument.objects.get().file_key
    default_storage.delete(key)

    assert issue(bill, at=LATER).content == first.content
    with default_storage.open(key) as file:
        assert file.read() == first.content


def test_a_damaged_file_whose_data_have_changed_is_refused_and_left_alone(caplog):
    bill = papers.gas_bill()
    issue(bill)
    key = BillDocument.objects.get().file_key
    default_storage.delete(key)
    default_storage.save(key, ContentFile(b"%PDF-rubbish"))
    Supplier.objects.update(name="ООО «Другой»")

    with pytest.raises(BillFileLost):
        issue(bill, at=LATER)

    with default_storage.open(key) as file:
        assert file.read() == b"%PDF-rubbish"
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert BillDocument.objects.count() == 1


@pytest.mark.parametrize(
    "actor",
    [NOBODY, Actor.customer(10**9)],
)
def test_a_bill_of_somebody_else_does_not_exist(actor):
    bill = papers.gas_bill()

    with pytest.raises(BillNotFound):
        issue(bill, actor=actor)

    assert not BillDocument.objects.exists()
    assert not AuditEntry.objects.filter(action="billing.bill.issue_document").exists()


def test_a_bill_is_not_found_under_another_account_of_the_same_person():
    user = UserFactory()
    bill = papers.gas_bill(holders=[user])
    other = AccountFactory(holders=[user])

    with pytest.raises(BillNotFound):
        issue_bill_document(
            actor=Actor.customer(user.pk),
            account_id=other.pk,
            bill_id=bill.public_id,
            at=AT,
        )
    with pytest.raises(BillNotFound):
        issue_bill_document(
            actor=Actor.customer(user.pk), account_id=bill.account_id, bill_id=uuid.uuid4(), at=AT
        )


def test_a_bill_that_changes_while_its_paper_is_made_is_made_again(monkeypatch):
    bill = papers.gas_bill()
    made = []
    really = operations.documents.render_bill

    def slowly(paper, *, at):
        made.append(paper.revision)
        if len(made) == 1:
            Bill.objects.filter(pk=bill.pk).update(total=Decimal("999.00"), revision=2)
        return really(paper, at=at)

    monkeypatch.setattr(operations.documents, "render_bill", slowly)
    issued = issue(bill)

    assert made == [1, 2]
    assert (issued.revision, "999,00" in text_of(issued.content)) == (2, True)
    assert BillDocument.objects.get().revision == 2


@pytest.mark.django_db(transaction=True)
def test_two_first_downloads_at_once_give_one_document_and_one_file():
    bill = papers.gas_bill()
    together = threading.Barrier(6)

    def download(_number):
        together.wait()
        try:
            return issue(bill)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        issued = list(pool.map(download, range(6)))

    assert len({one.content for one in issued}) == 1
    assert BillDocument.objects.count() == 1
    assert AuditEntry.objects.filter(action="billing.bill.issue_document").count() == 1
    folders = [
        default_storage.listdir(f"bills/{name}")[1] for name in default_storage.listdir("bills")[0]
    ]
    assert sum(len(files) for files in folders) == 1


def test_a_house_that_the_provider_measured_is_printed_with_the_areas_it_gave():
    """The sample of D2.1; what nobody gave is not printed (BIL-38)."""
    names = ("total", "living", "nonliving", "common", "common_counted")
    given = ("10955.38", "10955.38", "0", "2462.89", "2462.89")
    areas = {f"house_area_{name}": Decimal(area) for name, area in zip(names, given, strict=True)}

    whole = data_of(papers.housing_bill(**areas))["facts"][-1]
    some = data_of(papers.housing_bill(house_area_total=Decimal("10955.38")))["facts"][-1]
    none = data_of(papers.housing_bill())["facts"]

    assert whole[0] == "Дом"
    assert whole[1].split(", ") == [
        "общая площадь 10 955,38 м²",
        "жилая 10 955,38 м²",
        "нежилая 0 м²",
        "ОИ всего 2 462,89 м²",
        "ОИ з/з 2 462,89 м²",
    ]
    assert some == ["Дом", "общая площадь 10 955,38 м²"]
    assert [name for name, _value in none] == ["Плательщик", "Адрес", "Помещение"]

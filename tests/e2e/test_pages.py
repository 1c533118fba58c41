"""Every page, with the demo's showcase accounts on it: long names, debts, closed accounts, broken meters."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

import demo.mailbox
from demo.generator import Order, write_bundles
from demo.providers import BY_CODE, GAS_A, GAS_B, HOUSING, POWER, register
from demo.readings import send_readings
from demo.seed import seed
from demo.showcase import shown_by
from kabinet.accounts.models import Account
from kabinet.billing.models import Bill
from kabinet.exchange.models import ImportRun
from kabinet.exchange.operations import import_bundle
from kabinet.exchange.report import Options
from kabinet.identity.models import User
from kabinet.kernel.actors import SYSTEM
from kabinet.kernel.bundle import sent_files
from kabinet.metering.models import Meter, Reading
from tests.e2e.page_checks import look, visit
from tests.factories import AccountLinkFactory, UserFactory
from tests.identity.mail import last_code
from tests.web.entry import PASSWORD, make_person

MAILBOX = Path(demo.mailbox.__file__).parent
ACCOUNT_PAGES = (
    "account-home",
    "readings",
    "meters",
    "bills",
    "charges",
    "settlements",
    "payments",
    "events",
    "tariffs",
    "subscriber",
    "contracts",
    "acts",
    "service-centre",
    "forecast",
    "statistics",
)
SETTINGS_PAGES = ("account-edit", "account-unlink", "account-linked")
LIMITED_PAGES = {
    "account-home": 200,
    "readings": 200,
    "meters": 200,
    "bills": 403,
    "charges": 403,
    "settlements": 403,
    "payments": 200,
    "events": 403,
    "tariffs": 200,
    "subscriber": 403,
    "contracts": 403,
    "acts": 403,
    "forecast": 403,
    "statistics": 403,
    "service-centre": 200,
    "account-edit": 200,
    "account-upgrade": 200,
}
DOCUMENTS = ("user-agreement", "personal-data-consent", "personal-data-policy")
# Looked at by axe-core, in both themes, with all their pages; of the others the words and the shape are checked.
DEEPLY = {"203330486", "203330571", "510080", "10204518", "1017200011", "1017200060"}


@pytest.fixture(autouse=True)
def _demo(settings):
    settings.DEMO = True
    # Apps cannot be added to a running registry; their templates can.
    templates = deepcopy(settings.TEMPLATES)
    templates[0]["OPTIONS"]["loaders"].append(
        ("django.template.loaders.filesystem.Loader", [MAILBOX / "templates"])
    )
    settings.TEMPLATES = templates
    settings.SMS_CONNECTOR = settings.EMAIL_CONNECTOR = "mailbox"
    settings.ROOT_URLCONF = "tests.web.demo_urls"


@pytest.fixture
def take_in(transactional_db, tmp_path):
    """Import the demo bundles of the named providers: their showcase accounts and a few more."""

    def taken(*codes):
        at = timezone.now()
        register(at=at)
        chosen = [BY_CODE[code] for code in codes]
        accounts = sum(len(shown_by(code)) for code in codes) + len(codes)
        order = Order(accounts, 14, 7, timezone.localdate(), chosen)
        for made in write_bundles(order, tmp_path):
            report = import_bundle(
                actor=SYSTEM, path=made.path, provider_code=made.provider, options=Options(), at=at
            )
            assert report.exit_status == 0

    return taken


def account_addresses(account):
    """The account's pages: the fixed ones, its newest months, each of its meters."""
    here = account.public_id
    settings = SETTINGS_PAGES if account.number in DEEPLY else ()
    yield from (reverse(name, args=[here]) for name in (*ACCOUNT_PAGES, *settings))
    bills = Bill.objects.filter(account=account).order_by("-period")
    for period in dict.fromkeys(bills.values_list("period", flat=True)[:2]):
        yield reverse("charges-month", args=[here, f"{period:%Y-%m}"])
    newest = bills.first()
    if newest is not None:
        yield reverse("bill-why", args=[here, newest.public_id])
    for meter in Meter.objects.filter(account=account):
        yield reverse("meter-history", args=[here, meter.public_id])


def _style_of_the_mailbox(route):
    route.fulfill(path=MAILBOX / "static" / "demo" / "mailbox.css")


def assert_none(faults):
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults)


@pytest.mark.slow
@pytest.mark.parametrize("code", [GAS_A.code, GAS_B.code, POWER.code, HOUSING.code])
def test_every_page_of_every_showcase_account(open_page, sign_in, take_in, code):
    take_in(code)
    user = UserFactory()
    page = open_page()
    sign_in(page, user)
    faults = []
    for row in shown_by(code):
        account = Account.objects.get(provider__code=code, number=row.number)
        AccountLinkFactory(user=user, account=account, alias="")
        for address in account_addresses(account):
            faults += visit(page, address, deep=row.number in DEEPLY)

    assert_none(faults)


@pytest.mark.parametrize("code", [GAS_A.code, GAS_B.code])
def test_every_page_of_limited_access(open_page, sign_in, take_in, code):
    take_in(code)
    user = UserFactory()
    account = Account.objects.filter(provider__code=code).order_by("pk").first()
    AccountLinkFactory(user=user, account=account, level="limited", extended_at=None)
    page = open_page()
    sign_in(page, user)
    wanted = [
        (reverse(name, args=[account.public_id]), LIMITED_PAGES[name]) for name in LIMITED_PAGES
    ]
    faults = [fault for address, status in wanted for fault in visit(page, address, status=status)]

    assert_none(faults)


@pytest.mark.slow
def test_every_page_of_a_person(open_page, sign_in, take_in):
    take_in(GAS_A.code, HOUSING.code)
    at = timezone.now()
    seed(at=at)
    send_readings(at=at)
    page = open_page()
    faults = []
    for email in ("ksenia@kabinet.example", "trudnosti@kabinet.example", "novyy@kabinet.example"):
        sign_in(page, User.objects.get(email=email))
        names = ("home", "account-list", "account-link", "profile", "account_change_password")
        for name in (*names, "account_logout", "account-link-by-address", "all-readings"):
            faults += visit(page, reverse(name))
    sign_in(page, User.objects.get(email="trudnosti@kabinet.example"))
    statuses = set()
    for reading in Reading.objects.exclude(portal_id=None).select_related("meter__account"):
        statuses.add(reading.status)
        names = [reading.meter.account.public_id, reading.portal_id]
        faults += visit(page, reverse("reading-passport", args=names))
    sign_in(page, User.objects.get(email="novyy@kabinet.example"))
    faults += visit(page, reverse("consent-withdraw", args=["personal-data-consent"]))
    for code in BY_CODE:
        faults += visit(page, reverse("account-link-number", args=[code]))
        page.get_by_label("Номер лицевого счёта").fill("1")
        page.locator("main form button.btn-primary").click()
        page.locator(".kb-error, .kb-notice.late").first.wait_for()
        faults += [f"{page.url}, refused: {fault}" for fault in look(page)]
    faults += visit(page, "/no/such/page/", status=404)
    faults += visit(page, reverse("desk-home"), status=403)

    assert_none(faults)
    assert statuses == {"sent", "accepted"}


def test_the_step_of_proof(open_page, sign_in, take_in):
    take_in(HOUSING.code)
    page = open_page()
    sign_in(page, UserFactory())
    page.goto(reverse("account-link-number", args=[HOUSING.code]))
    page.get_by_label("Номер лицевого счёта").fill("1017200011")
    page.get_by_label("Номер дома").fill("17 корп. 2")
    page.get_by_label("Номер квартиры").fill("34")
    page.get_by_role("button", name="Продолжить").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Подтвердите, что счёт ваш")

    assert_none(look(page))


def test_every_page_before_signing_in(open_page, transactional_db):
    page = open_page()
    names = ("account_login", "account_signup", "account_reset_password", "account_inactive")
    faults = [fault for name in names for fault in visit(page, reverse(name))]
    for slug in DOCUMENTS:
        address = reverse("legal-document", args=[slug])
        faults += visit(page, address, latin=frozenset({"cookie"}))
    faults += visit(page, "/no/such/page/", status=404)

    page.goto(reverse("account_signup"))
    page.locator("#id_identifier").fill("masha@example.ru")
    page.locator("#id_password").fill(PASSWORD)
    for tick in page.get_by_role("checkbox").all():
        tick.check()
    page.get_by_role("button", name="Получить код").click()
    page.locator("#id_code").wait_for()
    faults += look(page)
    page.route("**/static/demo/mailbox.css", _style_of_the_mailbox)
    faults += visit(page, reverse("demo-mailbox"))

    assert_none(faults)


def test_the_pages_of_a_forgotten_password_and_of_consent(open_page, transactional_db):
    person = make_person(consents=False)
    page = open_page()
    page.goto(reverse("account_reset_password"))
    page.locator("#id_identifier").fill(person.email)
    page.get_by_role("button", name="Получить код").click()
    page.locator("#id_code").wait_for()
    faults = look(page)
    page.locator("#id_code").fill(last_code(person.email))
    page.get_by_role("button", name="Продолжить").click()
    page.get_by_role("heading", name="Задайте новый пароль").wait_for()
    faults += look(page)
    page.locator("#id_new").fill(PASSWORD + " опять")
    page.locator("#id_repeat").fill(PASSWORD + " опять")
    page.get_by_role("button", name="Сохранить и войти").click()
    page.get_by_role("heading", name="Прежде чем продолжить").wait_for()
    faults += look(page)

    assert_none(faults)


def test_every_page_of_the_desk(open_page, sign_in, take_in):
    take_in(GAS_A.code)
    seed(at=timezone.now())
    page = open_page()
    sign_in(page, User.objects.get(email=f"integrator@{GAS_A.code}.example"))
    run = ImportRun.objects.get()
    latin = frozenset({*"_".join(sent_files()).split("_"), *GAS_A.code.split("-"), "integrator"})
    wanted = [
        reverse("desk-home"),
        reverse("desk-imports"),
        reverse("desk-import", args=[run.public_id]),
        reverse("desk-exports"),
    ]

    assert_none([fault for address in wanted for fault in visit(page, address, latin=latin)])


@pytest.mark.parametrize("width", [1280, 390])
def test_the_main_button_is_reached_by_keyboard(open_page, sign_in, take_in, width):
    take_in(GAS_A.code)
    user = UserFactory()
    account = Account.objects.get(number="203330486")
    AccountLinkFactory(user=user, account=account, level="limited", extended_at=None)
    page = open_page(width=width)
    steps = {}
    for address in (reverse("account_login"), reverse("account_signup")):
        page.goto(address)
        steps[address] = presses_until_filled(page)
    sign_in(page, user)
    names = ("account-upgrade", "account-linked", "account-edit")
    for address in (
        reverse("account-list"),
        reverse("account-link-number", args=[GAS_A.code]),
        *(reverse(name, args=[account.public_id]) for name in names),
    ):
        page.goto(address)
        steps[address] = presses_until_filled(page)

    assert [address for address, count in steps.items() if count is None] == []


def presses_until_filled(page, most=20):
    """Skip to the content (where the page does not start in a field), then count the presses of Tab until the filled button has the focus."""
    if page.locator("[autofocus]").count():
        expect(page.locator("[autofocus]").first).to_be_focused()
    else:
        page.keyboard.press("Tab")
        expect(page.locator(".kb-skip")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()
    for count in range(1, most + 1):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('main .btn-primary')"):
            return count
    return None

"""What the trail knows of a person is theirs to read (152-ФЗ, ст. 14; IDN-46): in words, and nobody else's."""

from __future__ import annotations

import ast
import datetime as dt
from pathlib import Path

import pytest
from django.db import connection

from kabinet.accounts.models import AccountLink, LinkRequest
from kabinet.identity import archives, operations, trail
from kabinet.identity.enums import CodePurpose, IdentifierKind, QrState
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import PersonalArchive, User
from kabinet.identity.names import PersonName
from kabinet.identity.operations import recovery
from kabinet.kernel import audit
from kabinet.kernel.actors import SYSTEM, Actor, ActorKind
from kabinet.kernel.audit_words import ACTIONS, words
from kabinet.kernel.models import AuditEntry
from kabinet.payments.enums import OF_A_REFUND, OF_ANOTHER_REFUND, BindingState, ReceiptState
from kabinet.payments.models import CheckoutPart
from kabinet.payments.operations.checkouts import open_checkout
from tests.identity.mail import texts
from tests.leaving.people import NOW, household, texts_in
from tests.payments.payers import line, order

pytestmark = pytest.mark.django_db
CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
STAFF = Actor(ActorKind.STAFF, user_id=987_654, address="10.9.8.7", user_agent=CHROME)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def home():
    found = household("anna")
    AuditEntry.objects.all().delete()
    return found


def read(home):
    return [tuple(row) for row in trail.acts(home.user.pk)]


def test_what_the_person_did_stands_there_with_time_place_and_browser(home):
    actor = Actor.customer(home.user.pk, "192.0.2.1", CHROME)
    operations.change_name(actor=actor, called=PersonName(name="Анна", surname="Петрова"), at=NOW)

    assert read(home) == [
        (NOW, "Изменены фамилия, имя или отчество", "Вы", "192.0.2.1", "Chrome, Windows")
    ]


def test_what_staff_did_to_the_persons_things_stands_there_without_their_names(home):
    request = LinkRequest.objects.get(user=home.user)
    audit.record(STAFF, "identity.person.look", home.user, at=NOW)
    audit.record(STAFF, "accounts.request.look", request, at=NOW + dt.timedelta(hours=1))

    assert read(home) == [
        (NOW, "Открыта карточка учётной записи", "Сотрудник", "", ""),
        (NOW + dt.timedelta(hours=1), "Открыта просьба о доступе", "Сотрудник", "", ""),
    ]


def test_what_was_done_at_the_persons_door_says_from_where(home):
    stranger = Actor(ActorKind.NOBODY, address="198.51.100.9", user_agent=CHROME)
    audit.record(stranger, "identity.password.set", home.user, at=NOW)

    assert read(home) == [
        (NOW, "Задан новый пароль", "Кто-то, кто не вошёл", "198.51.100.9", "Chrome, Windows")
    ]


def test_a_temporary_password_says_from_where_it_was_used(home):
    issued_to = Identifier(IdentifierKind.EMAIL, home.user.email)
    stranger = Actor(ActorKind.NOBODY, address="198.51.100.9", user_agent=CHROME)
    operations.ask_temporary_password(
        actor=stranger, purpose=CodePurpose.RECOVERY, identifier=issued_to, at=NOW
    )
    letter = texts(home.user.email)[-1]
    password = next(word for word in letter.split() if word.count("-") == 3)

    assert recovery.spend_temporary_password(
        actor=stranger, identifier=issued_to, password=password, at=NOW
    )

    assert read(home)[-1][1:] == (
        *("Вход по временному паролю", "Кто-то, кто не вошёл", "198.51.100.9", "Chrome, Windows"),
    )


def test_the_payments_of_the_person_and_who_looked_at_them_stand_there(home):
    open_checkout(actor=home.actor, order=order(line(home.account)), at=NOW)
    audit.record(STAFF, "payments.payment.look", CheckoutPart.objects.get(), at=NOW)

    assert ("Открыта оплата", "Вы") in [row[1:3] for row in read(home)]
    assert ("Открыты сведения о платеже", "Сотрудник") in [row[1:3] for row in read(home)]


def test_nothing_of_another_holder_of_the_same_account_stands_there(home):
    boris = household("boris", phone="+79990001122", account=home.account)
    AuditEntry.objects.all().delete()
    audit.record(home.actor, "identity.name.change", home.user, at=NOW)
    audit.record(STAFF, "identity.person.look", home.user, at=NOW)
    # A number that begins alike is another person's.
    audit.record(STAFF, "identity.person.look", User(pk=int(f"{boris.user.pk}7")), at=NOW)

    assert read(boris) == []
    assert len(read(home)) == 2


def test_another_person_is_told_of_without_name_and_place(home):
    boris = household("boris", phone="+79990001122", account=home.account)
    AuditEntry.objects.all().delete()
    link = AccountLink.objects.get(user=home.user)
    audit.record(boris.actor, "accounts.link.revoke", link, at=NOW)

    assert read(home) == [(NOW, "Закрыт доступ к лицевому счёту", "Другой человек", "", "")]


def test_it_goes_into_the_archive_oldest_first(home):
    audit.record(home.actor, "identity.name.change", home.user, at=NOW)
    audit.record(SYSTEM, "identity.contact.doubt", home.user, at=NOW - dt.timedelta(days=1))
    archives.request_archive(actor=home.actor, at=NOW)
    archive = PersonalArchive.objects.get()
    archives.make_archive(archive_id=archive.pk, at=NOW)
    archive.refresh_from_db()

    content = archives.open_archive(actor=home.actor, public_id=archive.public_id, at=NOW).content
    lines = texts_in(content)["csv/acts.csv"].splitlines()

    assert lines[0] == "Когда;Что;Кто;IP-адрес;Браузер"
    assert "Снято подтверждение контакта" in lines[1]
    assert "Изменены фамилия" in lines[2]
    assert "Запрошен архив данных" in lines[3]


def test_the_database_looks_only_at_rows_of_this_person(home):
    """Both halves are found by an index; a million rows of others cost nothing (0.1 ms)."""
    entries = AuditEntry.objects.filter(trail.concerning(home.user.pk))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = entries.explain()

    assert "BitmapOr" in plan
    assert "audit_of_actor" in plan
    assert "audit_entry_subject" in plan
    assert "Seq Scan" not in plan


# What the names in recorded actions stand for, where they are put together.
PUT_TOGETHER = {
    "desk.admin.": ("add", "change", "delete"),
    "identity.qr.": (QrState.CONFIRMED, QrState.REFUSED),
    "payments.card.": (BindingState.BOUND, BindingState.FAILED),
    "payments.receipt.": (ReceiptState.REGISTERED, ReceiptState.FAILED),
    "payments.refund.": (*OF_A_REFUND, *OF_ANOTHER_REFUND),
}
RECORDERS = {"record", "record_all", "_record"}


def recorded():
    """Every action that the code records, found where it is written."""
    for path in (ROOT / "kabinet").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name not in RECORDERS:
                continue
            for argument in call.args:
                if isinstance(argument, ast.JoinedStr):
                    start = argument.values[0].value
                    yield from (f"{start}{end}" for end in PUT_TOGETHER[start])
                elif isinstance(argument, ast.Constant) and "." in str(argument.value):
                    yield argument.value


def test_every_recorded_action_has_its_words():
    found = set(recorded())

    assert sorted(found - set(ACTIONS)) == []
    # The search itself finds them.
    assert {"identity.password.set", "payments.card.bound", "payments.register.look"} <= found


def test_words_are_russian_and_an_unknown_action_is_told_of(home):
    assert [text for text in map(words, ACTIONS) if not "А" <= text[0] <= "Я"] == []
    assert words("gone.since.long") == "Другое действие"

"""People who can sign in to the demo, and the accounts they have already linked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from demo.providers import GAS_A, GAS_B, HOUSING, POWER, PROVIDERS
from kabinet.accounts.enums import AccessLevel, LinkEventKind
from kabinet.accounts.models import Account, AccountLink, AccountLinkEvent, LinkRequest
from kabinet.accounts.operations import Application, Wanted, request_confirmation
from kabinet.identity import operations as identity
from kabinet.identity.enums import ConsentChannel
from kabinet.identity.models import User
from kabinet.identity.queries import required_documents
from kabinet.kernel.actors import SYSTEM, Actor, Role
from kabinet.providers.enums import Proof
from kabinet.providers.models import Provider, StaffMember

PASSWORD = "vesna-na-ozere"  # noqa: S105 -- printed for everybody: the demo never leaves demo mode
LIMITED, FULL = AccessLevel.LIMITED, AccessLevel.EXTENDED


@dataclass(frozen=True, slots=True)
class Link:
    """An account that a demo person has linked; the first one of a person is the primary."""

    provider: str
    number: str
    level: AccessLevel = FULL
    alias: str = ""


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """``tries`` says in Russian what is worth trying after signing in.

    ``asks`` names accounts that the provider's staff have been asked to confirm: (provider, number, comment).
    """

    email: str
    name: tuple[str, str, str]
    tries: str
    phone: str | None = None
    links: tuple[Link, ...] = ()
    asks: tuple[tuple[str, str, str], ...] = ()
    roles: tuple[tuple[str, Role], ...] = ()
    runs_the_platform: bool = False


@dataclass(frozen=True, slots=True)
class SignIn:
    """A row of what `kabinet demo` prints."""

    login: str
    password: str
    who: str
    tries: str
    accounts: tuple[str, ...] = field(default_factory=tuple)


CUSTOMERS = (
    DemoPerson(
        "boris@kabinet.example",
        ("Абрамов", "Борис", "Васильевич"),
        "один счёт за газ: узнать, сколько платить, передать показания, скачать счёт",
        links=(Link(GAS_A.code, "203330486", alias="Дом на Лесной"),),
    ),
    DemoPerson(
        "ksenia@kabinet.example",
        ("Новикова", "Ксения", "Павловна"),
        "счета у четырёх поставщиков, один с ограниченным доступом: откройте его ПИН-кодом 640028",
        phone="+79000000404",
        links=(
            Link(HOUSING.code, "1017200011", alias="Квартира"),
            Link(GAS_B.code, "510080", alias="Дом родителей"),
            Link(POWER.code, "10204518"),
            Link(GAS_A.code, "203330535", LIMITED),
            Link(HOUSING.code, "1017200029", alias="Сдаём"),
        ),
    ),
    DemoPerson(
        "novyy@kabinet.example",
        ("Соловьёв", "Пётр", "Ильич"),
        "счетов пока нет: привяжите 203330528 («Приозёрьегаз», ПИН 903441) или 24022552"
        " («Заречье Теплогаз», буквы ПЮН, счётчик 02402255); просьба к «Светогорьеэнерго» ждёт ответа оператора",
        phone="+79000000505",
        asks=((POWER.code, "10204542", "Купил эту квартиру весной, договор переоформляю."),),
    ),
    DemoPerson(
        "trudnosti@kabinet.example",
        ("Ершова", "Галина", "Петровна"),
        "долги и пени, просроченная поверка, сломанный и заменённый счётчик, закрытый счёт, ошибки в данных поставщика",
        links=(
            Link(GAS_A.code, "203330511", alias="Долг за газ"),
            Link(GAS_B.code, "805107", alias="Долг с пенями"),
            Link(HOUSING.code, "1017200037", alias="Квартира с долгом"),
            Link(POWER.code, "10204534"),
            Link(GAS_A.code, "203330541", alias="Поверка просрочена"),
            Link(GAS_A.code, "203330593", alias="Счётчик сломан"),
            Link(GAS_A.code, "203330558", alias="Счётчик заменён"),
            Link(GAS_A.code, "203330564", alias="Закрытый счёт"),
            Link(GAS_A.code, "203330571", alias="Длинный адрес"),
            Link(GAS_A.code, "203330602", alias="Месяц снова открыт"),
            Link(GAS_A.code, "203330619", alias="Счёт наперёд"),
            Link(GAS_B.code, "510098", alias="Итоги не сходятся"),
            Link(GAS_B.code, "510106", alias="Пока пусто"),
            Link(POWER.code, "10204567", alias="Без поставщика"),
            Link(HOUSING.code, "1017200078", alias="Только платежи"),
        ),
    ),
    DemoPerson(
        "primery@kabinet.example",
        ("Сидоров", "Захар", "Захарович"),
        "примеры из руководств: взаиморасчёты, начисления, детализация, печатная квитанция",
        links=(
            Link(HOUSING.code, "1234567899", alias="Общая информация"),
            Link(HOUSING.code, "1234567881", alias="Детализация, август 2020"),
            Link(HOUSING.code, "1234567873", alias="Печатная квитанция"),
            Link(GAS_A.code, "3301635", alias="Взаиморасчёты 2019"),
            Link(GAS_B.code, "10031851", alias="Начисления 2023–2024"),
        ),
    ),
)
ROLES = {
    Role.OPERATOR: "оператор",
    Role.INTEGRATOR: "загрузка и выгрузка",
    Role.ADMINISTRATOR: "администратор",
}
STAFF = tuple(
    DemoPerson(
        f"{role.value}@{spec.code}.example",
        ("Сотрудник", spec.name.split("«")[1].rstrip("»"), ""),
        f"{words}, {spec.name}",
        roles=((spec.code, role),),
    )
    for spec in PROVIDERS
    for role, words in ROLES.items()
)
PLATFORM = DemoPerson(
    "platforma@kabinet.example",
    ("Сотрудник", "Платформы", ""),
    "справочники: поставщики, их правила и сотрудники",
    runs_the_platform=True,
)


def seed(*, at: datetime) -> list[SignIn]:
    """Make the demo's people and their links where they do not exist yet; say who can sign in."""
    rows = []
    for person in (*CUSTOMERS, *STAFF, PLATFORM):
        user = _find_or_make(person, at)
        for link in person.links:
            _link(user, link, at)
        for code, number, comment in person.asks:
            _ask_staff(user, code, number, comment, at)
        for code, role in person.roles:
            provider = Provider.objects.get(code=code)
            StaffMember.objects.get_or_create(provider=provider, user=user, role=role.value)
        rows.append(_sign_in(person))
    return rows


def _find_or_make(person: DemoPerson, at: datetime) -> User:
    known = User.objects.filter(email=person.email).first()
    if known is not None:
        return known
    surname, name, patronymic = person.name
    documents = frozenset(row.pk for row in required_documents())
    pk = identity.create_person(
        actor=SYSTEM,
        person=identity.NewPerson(person.email, person.phone, surname, name, patronymic),
        password=PASSWORD,
        acceptance=identity.Acceptance(documents, ConsentChannel.DEMO),
        at=at,
    )
    user = User.objects.get(pk=pk)
    if person.runs_the_platform:
        user.is_staff = user.is_superuser = True
        user.save(update_fields=["is_staff", "is_superuser"])
    return user


def _link(user: User, link: Link, at: datetime) -> None:
    """Link the account, unless it is not among the demo's data or was linked (or unlinked) before."""
    account = Account.objects.filter(provider__code=link.provider, number=link.number).first()
    if account is None or AccountLink.objects.filter(user=user, account=account).exists():
        return
    in_force = AccountLink.objects.filter(user=user, ended_at=None)
    AccountLink.objects.create(
        user=user,
        account=account,
        level=link.level,
        alias=link.alias,
        is_primary=not in_force.exists(),
        linked_at=at,
        extended_at=at if link.level is FULL else None,
    )
    kinds = [LinkEventKind.LINKED, *([LinkEventKind.EXTENDED] if link.level is FULL else [])]
    AccountLinkEvent.objects.bulk_create(
        AccountLinkEvent(
            provider_id=account.provider_id,
            account=account,
            event=kind,
            at=at,
            email=user.email or "",
        )
        for kind in kinds
    )


def _ask_staff(user: User, code: str, number: str, comment: str, at: datetime) -> None:
    """Ask once; the account's surname is what the person is supposed to have read in the bill."""
    account = Account.objects.filter(
        provider__code=code,
        number=number,
        missing_since=None,
        provider__is_active=True,
        provider__policy__link_proofs__contains=[Proof.MANUAL],
    ).first()
    if account is None or LinkRequest.objects.filter(user=user).exists():
        return
    request_confirmation(
        actor=Actor.customer(user.pk),
        wanted=Wanted(code, number, {Proof.SURNAME: account.surname}, consents=True),
        application=Application(f"{user.surname} {user.name} {user.patronymic}", comment),
        at=at,
    )


def _sign_in(person: DemoPerson) -> SignIn:
    return SignIn(
        login=person.email,
        password=PASSWORD,
        who=" ".join(part for part in person.name if part),
        tries=person.tries,
        accounts=tuple(link.number for link in person.links),
    )

"""What this app itself holds about a person, for «Мои данные»."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.utils.translation import gettext_lazy as _

from kabinet.channels.queries import get_deliveries_to
from kabinet.identity import trail
from kabinet.identity.devices import browser_words
from kabinet.identity.messengers.offered import get_recipients
from kabinet.identity.models import (
    Consent,
    LinkedMessenger,
    PersonalArchive,
    SignedInSession,
    User,
)
from kabinet.identity.personal_data import Row, Section, register, register_subjects


def register_sections() -> None:
    """Called once, when the app is ready."""
    register_subjects(trail.own_subject)
    register(*_who(), *_ways_in(), *_what_was_sent())


def _who() -> Sequence[Section]:
    return (
        Section(
            "person",
            _("Учётная запись"),
            (
                *(_("Номер"), _("Фамилия"), _("Имя"), _("Отчество"), _("Почта"), _("Телефон")),
                *(_("Телефон подтверждён"), _("Зарегистрированы"), _("Последний вход")),
                _("Показывать подсказки"),
            ),
            _person,
        ),
        Section(
            "contacts",
            _("Адреса электронной почты"),
            (_("Адрес"), _("Подтверждён"), _("Основной")),
            _emails,
        ),
        Section(
            "consents",
            _("Согласия"),
            (
                *(_("Документ"), _("Версия"), _("Хеш текста"), _("Принят"), _("Как")),
                *(_("IP-адрес"), _("Браузер"), _("Отозван")),
            ),
            _consents,
        ),
    )


def _ways_in() -> Sequence[Section]:
    return (
        Section(
            "sessions",
            _("Входы"),
            (
                *(_("Начат"), _("Последний раз"), _("Закончен"), _("Способ")),
                *(_("IP-адрес"), _("Браузер")),
            ),
            _sessions,
        ),
        Section(
            "sign-in-services",
            _("Вход через другие сервисы"),
            (
                *(_("Сервис"), _("Ваш номер там"), _("Что сообщил сервис")),
                *(_("Привязан"), _("Последний вход")),
            ),
            _services,
        ),
        Section(
            "sign-in-messengers",
            _("Мессенджеры для кодов"),
            (
                *(_("Мессенджер"), _("Ваш номер там"), _("Как вас там зовут")),
                *(_("Привязан"), _("Бот остановлен")),
            ),
            _messengers,
        ),
        Section(
            "sign-in-keys",
            _("Ключи входа и второй фактор"),
            (_("Вид"), _("Добавлен"), _("Использован")),
            _keys,
        ),
    )


def _what_was_sent() -> Sequence[Section]:
    return (
        Section(
            "deliveries",
            _("Письма и СМС за последние месяцы"),
            (_("Способ"), _("Кому"), _("Создано"), _("Ушло"), _("Состояние")),
            _deliveries,
        ),
        Section(
            "acts",
            _("Что делали вы и что делали с вашими данными"),
            (_("Когда"), _("Что"), _("Кто"), _("IP-адрес"), _("Браузер")),
            trail.acts,
        ),
        Section("archives", _("Архивы ваших данных"), (_("Запрошен"), _("Готов")), _archives),
    )


def _person(user_id: int) -> Iterable[Row]:
    return (
        User.objects.filter(pk=user_id)
        .values_list(
            *("public_id", "surname", "name", "patronymic", "email", "phone"),
            *("phone_verified", "date_joined", "last_login", "shows_hints"),
        )
        .iterator()
    )


def _emails(user_id: int) -> Iterable[Row]:
    rows = EmailAddress.objects.filter(user=user_id).order_by("pk")
    return rows.values_list("email", "verified", "primary").iterator()


def _consents(user_id: int) -> Iterable[Row]:
    rows = Consent.objects.filter(user=user_id).select_related("document").order_by("given_at")
    for row in rows.iterator():
        yield (
            *(row.document.title, row.document.version, row.document.text_hash, row.given_at),
            *(row.get_channel_display(), row.address, row.user_agent, row.withdrawn_at),
        )


def _sessions(user_id: int) -> Iterable[Row]:
    for row in SignedInSession.objects.filter(user=user_id).order_by("began_at").iterator():
        yield (
            *(row.began_at, row.seen_at, row.ended_at, row.get_way_display(), row.address),
            browser_words(row.user_agent),
        )


def _services(user_id: int) -> Iterable[Row]:
    for row in SocialAccount.objects.filter(user=user_id).order_by("pk").iterator():
        told = "; ".join(str(value) for value in row.extra_data.values() if value)
        yield row.provider, row.uid, told, row.date_joined, row.last_login


def _messengers(user_id: int) -> Iterable[Row]:
    rows = LinkedMessenger.objects.filter(user=user_id).order_by("pk")
    return rows.values_list(
        "messenger", "account", "called", "linked_at", "silent_since"
    ).iterator()


def _keys(user_id: int) -> Iterable[Row]:
    for row in Authenticator.objects.filter(user=user_id).order_by("pk").iterator():
        yield row.get_type_display(), row.created_at, row.last_used_at


def _deliveries(user_id: int) -> Iterable[Row]:
    person = User.objects.filter(pk=user_id).first()
    if person is None:
        return
    own = [contact for contact in (person.email, person.phone) if contact]
    own += sorted(get_recipients(user_id))
    # A contact may have been somebody else's before this person came.
    yield from get_deliveries_to(recipients=own, since=person.date_joined)


def _archives(user_id: int) -> Iterable[Row]:
    rows = PersonalArchive.objects.filter(user=user_id).order_by("asked_at")
    return rows.values_list("asked_at", "ready_at").iterator()

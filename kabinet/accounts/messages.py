"""Letters of this app."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from kabinet.accounts.calculations import masked_tail
from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.models import Account, AccountLink, LinkRequest
from kabinet.channels.connectors.registry import is_available
from kabinet.channels.enums import Channel
from kabinet.channels.letters import render_letter, site_link
from kabinet.channels.operations import send_email, send_sms
from kabinet.identity.models import User
from kabinet.providers.enums import Proof


def tell_holders(link: AccountLink, *, proof: Proof | None, is_new: bool, at: datetime) -> None:
    """Tell the people with full access that one more person has linked their account, or opened it fully (ACC-13)."""
    sentence = (
        _("Лицевой счёт %(number)s (%(provider)s), который вы ведёте, привязал ещё один человек.")
        if is_new
        else _(
            "У лицевого счёта %(number)s (%(provider)s), который вы ведёте, на одного человека с полным доступом "
            "больше: раньше доступ у него был ограниченный."
        )
    )
    _tell_fully_linked(
        link.account,
        but=link.user_id,
        subject=_("Ваш лицевой счёт привязал ещё один человек")
        if is_new
        else _("К вашему лицевому счёту открыт полный доступ"),
        sentences=[
            f"{sentence % _named(link.account.number, link.account.provider.name)} {_how(proof)}",
            _(
                "Если это не кто-то из ваших близких, закройте ему доступ в настройках счёта или обратитесь к "
                "поставщику."
            ),
        ],
        at=at,
    )


def tell_of_guesses(account: Account, *, by: int | None, at: datetime) -> None:
    """Tell the people with full access that somebody has used up the tries at their account (ACC-13)."""
    _tell_fully_linked(
        account,
        but=by,
        subject=_("Кто-то не смог ответить на вопросы о вашем счёте"),
        sentences=[
            _(
                "Кто-то несколько раз подряд неверно ответил на контрольный вопрос о лицевом счёте %(number)s "
                "(%(provider)s). Доступа он не получил, новые попытки остановлены."
            )
            % _named(account.number, account.provider.name),
            _("Если это не кто-то из ваших близких, сообщите поставщику."),
        ],
        at=at,
    )


def _how(proof: Proof | None) -> str:
    if proof is None:
        return _("У него ограниченный доступ: он не видит ваших личных данных.")
    if proof is Proof.MANUAL:
        return _("Его право подтвердил поставщик: он получил полный доступ.")
    return _("Он ответил на контрольный вопрос и получил полный доступ.")


def _tell_fully_linked(
    account: Account, *, but: int | None, subject: str, sentences: Sequence[str], at: datetime
) -> None:
    holders = User.objects.filter(
        account_links__account=account,
        account_links__ended_at=None,
        account_links__level=AccessLevel.EXTENDED,
        is_active=True,
    ).exclude(Q(pk=but))
    for holder in holders.order_by("pk"):
        _tell_person(
            holder,
            subject=subject,
            sentences=sentences,
            button=_("Посмотреть мои счета"),
            at=at,
        )


def tell_request_approved(request: LinkRequest, *, at: datetime) -> None:
    """Tell the applicant that staff have confirmed the account."""
    _tell_person(
        request.user,
        subject=_("Доступ к лицевому счёту открыт"),
        sentences=[
            _("Поставщик подтвердил, что лицевой счёт %(number)s (%(provider)s) ваш.")
            % _named(request.number, request.provider.name),
            _("Открыт полный доступ."),
        ],
        button=_("Открыть мои счета"),
        at=at,
    )


def tell_request_refused(request: LinkRequest, *, at: datetime) -> None:
    """Tell the applicant that staff have not confirmed the account, and why."""
    _tell_person(
        request.user,
        subject=_("Поставщик не подтвердил лицевой счёт"),
        sentences=[
            _("Поставщик не подтвердил, что лицевой счёт %(number)s (%(provider)s) ваш.")
            % _named(request.number, request.provider.name),
            _("Причина: %(reason)s") % {"reason": request.reason},
        ],
        button=_("Посмотреть мои счета"),
        at=at,
    )


def tell_revoked(link: AccountLink, *, at: datetime) -> None:
    """Tell a person that another holder has closed the account to them (ACC-27)."""
    _tell_person(
        link.user,
        subject=_("Доступ к лицевому счёту закрыт"),
        sentences=[
            _("Другой владелец закрыл вам доступ к лицевому счёту %(number)s (%(provider)s).")
            % _named(link.account.number, link.account.provider.name),
            _("Если это ошибка, привяжите счёт снова или обратитесь к поставщику."),
        ],
        button=_("Посмотреть мои счета"),
        at=at,
    )


def _named(number: str, provider_name: str) -> dict[str, str]:
    return {"number": masked_tail(number), "provider": provider_name}


def _tell_person(
    user: User, *, subject: str, sentences: Sequence[str], button: str, at: datetime
) -> None:
    """By letter; by SMS whoever has only a phone."""
    link = site_link("account-list")
    if user.email:
        letter = render_letter(
            "accounts/email/note",
            subject=subject,
            context={
                "sentence": sentences[0],
                "note": " ".join(sentences[1:]),
                "button_text": button,
                "action_url": link,
            },
        )
        send_email(recipient=user.email, letter=letter, at=at)
    elif user.phone and user.phone_verified and is_available(Channel.SMS):
        text = f"{settings.SITE_NAME}: {sentences[0]} {link}"
        send_sms(recipient=user.phone, text=text, at=at)

"""What the pages of linking share: where one is, and what was typed on the way.

What was typed waits in the session under the provider's code, so that the back button and a second tab find it;
answers to control questions are never kept. Each step is checked again when the account is linked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kabinet.accounts.operations import FoundAccount, Wanted
from kabinet.providers.enums import LinkStep, Proof
from kabinet.providers.queries import ProviderNotFound, ProviderRow, get_active_provider
from kabinet.ui import components
from kabinet.web.accounts.forms import NumberForm, TicksForm
from kabinet.web.portal import Portal

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

KEPT = "linking"
KEPT_PROVIDERS = 5


class Stage(Enum):
    FIRST = auto()
    PROVIDER = auto()
    NUMBER = auto()
    PROOF = auto()


_PROVIDER = (Stage.PROVIDER, _("Поставщик"))
_NUMBER = (Stage.NUMBER, _("Номер счёта"))
_PROOF = (Stage.PROOF, _("Проверка"))
# What linking begins with changes the way, and so the steps that are shown (ACC-03).
_WAYS: Mapping[str, Sequence[tuple[Stage, StrOrPromise]]] = {
    LinkStep.PROVIDER: (_PROVIDER, _NUMBER, _PROOF),
    LinkStep.REGION: ((Stage.FIRST, _("Регион")), _PROVIDER, _NUMBER, _PROOF),
    LinkStep.BRANCH: ((Stage.FIRST, _("Филиал")), _NUMBER, _PROOF),
    LinkStep.NONE: ((Stage.FIRST, _("Номер и адрес")), _PROOF),
}


def stepper(stage: Stage) -> SafeString:
    """Draw where the person is on the way that this installation takes."""
    way = _WAYS[settings.LINK_FIRST_STEP]
    stages = [step for step, _name in way]
    # What this way has no step for, like the list of providers beside a search by address, belongs to the first.
    place = stages.index(stage) + 1 if stage in stages else 1
    return components.stepper(place, [*(str(name) for _step, name in way), str(_("Готово"))])


@dataclass(frozen=True, slots=True)
class Typed:
    """One provider's steps so far."""

    number: str
    fields: Mapping[str, str] = field(default_factory=dict)
    search: Mapping[Proof, str] = field(default_factory=dict)
    proofs: Sequence[Proof] = ()
    may_be_limited: bool = False
    asks_staff: bool = False
    branch: str = ""

    @property
    def is_for_staff_only(self) -> bool:
        """There is no question to answer and no limited access: staff confirm, or nobody."""
        return self.asks_staff and not self.proofs and not self.may_be_limited

    def wanted(self, code: str, **answers: Any) -> Wanted:
        return Wanted(
            provider_code=code,
            number=self.number,
            search=self.search,
            branch_code=self.branch,
            **answers,
        )


def number_url(code: str, branch: str) -> str:
    """The way back to the number, in the same branch."""
    return reverse(
        "account-link-number", kwargs={"code": code}, query={"branch": branch} if branch else {}
    )


def recall(request: HttpRequest, code: str) -> Typed | None:
    """Give what was typed for this provider, if anything was."""
    kept: dict[str, Any] = request.session.get(KEPT, {}).get(code, {})
    if not kept:
        return None
    return Typed(
        number=kept["number"],
        fields=kept["fields"],
        search={Proof(key): answer for key, answer in kept["search"].items()},
        proofs=[Proof(value) for value in kept["proofs"]],
        may_be_limited=kept["may_be_limited"],
        asks_staff=kept.get("asks_staff", False),
        branch=kept.get("branch", ""),
    )


def keep(request: HttpRequest, found: FoundAccount, form: NumberForm, branch: str = "") -> None:
    """Remember the step for this provider, and only the last few providers tried."""
    kept = dict(request.session.get(KEPT, {}))
    kept.pop(found.provider.code, None)
    kept[found.provider.code] = {
        "number": found.number,
        "fields": form.cleaned_data,
        "search": {proof.value: answer for proof, answer in form.search().items()},
        "proofs": [proof.value for proof in found.proofs],
        "may_be_limited": found.may_be_limited,
        "asks_staff": found.asks_staff,
        "branch": branch,
    }
    request.session[KEPT] = dict(list(kept.items())[-KEPT_PROVIDERS:])


def forget(request: HttpRequest) -> None:
    request.session.pop(KEPT, None)


def find_provider(code: str) -> ProviderRow | None:
    try:
        return get_active_provider(code=code)
    except ProviderNotFound:
        return None


def ticks_for(
    request: HttpRequest, portal: Portal, provider: ProviderRow, *, links: bool = True
) -> TicksForm:
    """The ticks at the end of linking; a request to staff links nothing yet, so it asks about no main account."""
    return TicksForm(
        request.POST if request.method == "POST" else None,
        asks_primary=links and bool(portal.accounts),
        asks_consent=provider.policy.consent_at_linking,
    )

"""What apps above ask the reads of accounts to bring along, so that a page of theirs costs no query more.

An app registers, in its ``AppConfig.ready()``, an expression over a link (``OuterRef("account")``) that gives text,
with the feature that opens it: where the link does not open the feature, the database answers nothing (ACC-14, 29).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Func, Model, QuerySet, TextField, When
from django.db.models.functions import Cast, JSONArray

from kabinet.accounts import scopes
from kabinet.accounts.models import AccountLink
from kabinet.providers.enums import Feature

Expression = Callable[[], Cast]
Row = TypeVar("Row", bound=Model)


@dataclass(slots=True)
class Riders:
    _riders: dict[str, tuple[Expression, Feature | None]] = field(default_factory=dict)

    def register(self, name: str, expression: Expression, *, opens: Feature | None) -> None:
        self._riders[name] = expression, opens

    def board(self, links: QuerySet[AccountLink]) -> QuerySet[AccountLink]:
        return links.annotate(
            **{
                f"told_{name}": seen_through(expression(), opens) if opens else expression()
                for name, (expression, opens) in self._riders.items()
            }
        )

    def told(self, link: AccountLink) -> Mapping[str, str]:
        """What came along, under the names that it was registered by."""
        texts = {name: getattr(link, f"told_{name}", None) for name in self._riders}
        return {name: text for name, text in texts.items() if text is not None}


def seen_through(expression: Cast, feature: Feature) -> Case:
    """The value where the link opens the feature, NULL elsewhere."""
    return Case(When(scopes.opened(feature), then=expression), output_field=TextField())


def rows_as_text(rows: QuerySet[Row], *columns: str) -> Cast:
    """Rows as one JSON text, each an array of its columns."""
    array = ArraySubquery(rows.values(row=JSONArray(*columns)).values("row"))
    return Cast(Func(array, function="array_to_json"), TextField())


LINKED = Riders()
"""With every linked account, on every page: small and cheap things only."""

CARD = Riders()
"""With the data of one account."""

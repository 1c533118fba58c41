"""What a run says about itself: the JSON of XCH-14 and the exit status of XCH-08."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kabinet.exchange.enums import ImportMode, ImportStatus
from kabinet.exchange.problems import SHOWN, Problem

SUCCESS = frozenset({ImportStatus.IMPORTED, ImportStatus.UNCHANGED, ImportStatus.CHECKED})


@dataclass(frozen=True, slots=True)
class Options:
    mode: ImportMode = ImportMode.STRICT
    dry_run: bool = False


@dataclass(slots=True)
class Report:
    id: str | None
    provider: str | None
    mode: ImportMode
    status: ImportStatus = ImportStatus.FAILED
    files: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    errors: Sequence[Problem] = ()
    errors_total: int = 0
    warnings: Sequence[Problem] = ()
    warnings_total: int = 0
    rejects: str | None = None
    reason: str = ""
    seconds: float = 0.0

    @property
    def exit_status(self) -> int:
        """0 imported, 1 refused or imported in part, 2 not readable at all."""
        if self.status in SUCCESS:
            return 0
        return 2 if self.status is ImportStatus.FAILED else 1

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "status": self.status.value,
            "provider": self.provider,
            "mode": self.mode.value,
            "files": {name: dict(counts) for name, counts in self.files.items()},
            "errors": [problem.as_json() for problem in self.errors],
            "errors_total": self.errors_total,
            "warnings": [problem.as_json() for problem in self.warnings],
            "warnings_total": self.warnings_total,
            "rejects": self.rejects,
            "reason": self.reason,
            "seconds": round(self.seconds, 3),
        }

    def refuse(self, *problems: Problem) -> Report:
        self.status = ImportStatus.REFUSED
        self.errors, self.errors_total = [p.storable() for p in problems[:SHOWN]], len(problems)
        return self

    def fail(self, reason: str) -> Report:
        self.status, self.reason = ImportStatus.FAILED, reason
        problem = Problem(None, None, None, None, "unreadable", reason)
        self.errors, self.errors_total = [problem.storable()], 1
        return self

"""What may go wrong between a shop and the bank, before or after the operation."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.faults import Fault


@dataclass(slots=True)
class MethodFault(Fault):
    """``method`` is a method's name, several with commas, or «*»; ``when``: before the operation is done, or after it."""

    method: str = "*"
    when: str = "after"
    status: int = 500

    def is_known(self) -> bool:
        return self.kind in self.KINDS and self.when in {"before", "after"}

    def fits(self, place: str) -> bool:
        return self.method == "*" or place in self.method.split(",")

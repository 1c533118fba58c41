from __future__ import annotations

import uuid
from datetime import datetime

from kabinet.identity.enums import CodePurpose, IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.identity.limits import CodeLine
from kabinet.identity.queries import get_code, next_code_at
from kabinet.web.entry.visitors import seconds_until, written_wait


def code_context(
    *, public_id: uuid.UUID, purpose: CodePurpose, target: Identifier, at: datetime
) -> dict[str, object]:
    """Give what the page of a code shows; every figure is worked out anew, so a reload tells the truth."""
    code = get_code(public_id=public_id, purpose=purpose)
    is_alive = code is not None and code.is_alive(at)
    left = seconds_until(code.expires_at, at) if code is not None and is_alive else 0
    line = CodeLine(purpose, target, code.device if code is not None else "")
    pause = seconds_until(next_code_at(line=line, at=at), at)
    return {
        "target": target.shown,
        "is_phone": target.kind is IdentifierKind.PHONE,
        "is_alive": is_alive,
        "seconds_left": left,
        "time_left": written_wait(left),
        "seconds_to_resend": pause,
        "time_to_resend": written_wait(pause),
    }

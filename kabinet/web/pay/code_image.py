"""The code of an SBP payment as a file: who pays on the same telephone gives it to the bank's app (PAY-13)."""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Sequence

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from kabinet.kernel import qr
from kabinet.payments.queries.checkouts import Stage, get_checkout
from kabinet.web.pay.payers import payer_of

DOTS = 8
QUIET = 4
_GREY, _ONE_BIT = 0, 1


@login_not_required
@require_safe
def show(request: HttpRequest, checkout_id: uuid.UUID) -> HttpResponse:
    """Give the picture while the payment waits for its payer."""
    payer = payer_of(request)
    checkout = get_checkout(actor=payer.actor, checkout_id=checkout_id, session=payer.session)
    part = checkout.current
    if part is None or part.stage is not Stage.AT_BANK or part.attempt is None:
        raise Http404
    if not part.attempt.sbp_payload:
        raise Http404
    image = as_png(qr.encode(part.attempt.sbp_payload.encode()))
    response = HttpResponse(image, content_type="image/png")
    response.headers["Content-Disposition"] = 'attachment; filename="sbp.png"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def as_png(rows: Sequence[str]) -> bytes:
    """Draw the modules of a code, «1» is dark, with the quiet zone that scanners need."""
    side = (len(rows) + 2 * QUIET) * DOTS
    blank = ["0" * (len(rows) + 2 * QUIET)] * QUIET
    framed = [*blank, *("0" * QUIET + row + "0" * QUIET for row in rows), *blank]
    lines = b"".join((b"\0" + _packed(row)) * DOTS for row in framed)
    header = struct.pack(">IIBBBBB", side, side, _ONE_BIT, _GREY, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(lines))
        + _chunk(b"IEND", b"")
    )


def _packed(row: str) -> bytes:
    """Eight dots of one module make a byte; in a grey picture a set bit is white."""
    return bytes(0x00 if module == "1" else 0xFF for module in row)


def _chunk(name: bytes, content: bytes) -> bytes:
    crc = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)

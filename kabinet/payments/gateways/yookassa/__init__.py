"""YooKassa, API v3, over its official SDK (facts §3)."""

from __future__ import annotations

from kabinet.payments.gateways.yookassa.gateway import YooKassa

__all__ = ["YooKassa"]

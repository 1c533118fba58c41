"""T-Bank internet acquiring, API v2, over plain HTTP (facts §3.9)."""

from __future__ import annotations

from kabinet.payments.gateways.tbank.gateway import TBank

__all__ = ["TBank"]

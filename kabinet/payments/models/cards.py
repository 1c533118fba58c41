"""Saved cards: a token and what tells one card from another; never a card number (PAY-43)."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from kabinet.payments.enums import BindingState, Cause
from kabinet.payments.models.merchants import Merchant
from kabinet.payments.models.watched import Watched, to_check


class SavedCard(models.Model):
    """A means of payment that its acquirer remembers for us (PAY-07, 41, 42).

    ``token`` works with this merchant alone. A removed card keeps its mask for the history and loses its token.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="saved_cards"
    )
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", db_index=False)
    token = models.CharField(max_length=128, blank=True)
    is_sbp = models.BooleanField(default=False)
    system = models.CharField(max_length=20, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    expiry_year = models.PositiveSmallIntegerField(null=True)
    expiry_month = models.PositiveSmallIntegerField(null=True)
    title = models.CharField(max_length=100, blank=True)
    is_default = models.BooleanField(default=False)
    saved_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    # Set while the acquirer has not yet been told of the removal.
    forget_token = models.CharField(max_length=128, blank=True)
    expiry_told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], condition=~Q(forget_token=""), name="saved_card_to_be_forgotten"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "merchant", "token"],
                condition=Q(removed_at=None),
                name="saved_card_once",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(is_default=True, removed_at=None),
                name="saved_card_one_default",
            ),
            models.CheckConstraint(
                name="saved_card_token_until_removed",
                condition=Q(removed_at=None) & ~Q(token="")
                | Q(removed_at__isnull=False, token="", is_default=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} •• {self.last4}"


class CardBinding(Watched):
    """Saving a card without paying, on the acquirer's page (PAY-41)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=BindingState, default=BindingState.CREATED)
    acquirer_id = models.CharField(max_length=64, null=True)
    confirmation_url = models.CharField(max_length=2048, blank=True)
    cause = models.CharField(max_length=16, choices=Cause, blank=True)
    card = models.ForeignKey(
        SavedCard, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [to_check("binding_to_check")]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "acquirer_id"], name="binding_once_at_the_acquirer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"

"""What a person has put aside to pay, and links that let somebody else pay."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from kabinet.accounts.models import Account
from kabinet.billing.models import MONEY
from kabinet.providers.models import Service, Supplier


class CartItem(models.Model):
    """A line of a person's cart (PAY-02, 30–34): kept across sign-outs, one for each account, service and supplier.

    ``told`` is what was owed on this line when it was put in or last looked at: when the provider's figure becomes
    another one, the change is pointed out. ``is_edited``: the person typed the sum, so it does not follow the
    provider's. ``is_ahead``: with the preliminary charge of the month that is not closed (PAY-32).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="cart_items")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, related_name="+", db_index=False
    )
    supplier = models.ForeignKey(
        Supplier, models.PROTECT, null=True, related_name="+", db_index=False
    )
    receipt = models.CharField(max_length=100, blank=True)
    amount = models.DecimalField(**MONEY)
    penalty = models.DecimalField(**MONEY, default=0)
    told = models.DecimalField(**MONEY)
    told_penalty = models.DecimalField(**MONEY, default=0)
    is_edited = models.BooleanField(default=False)
    is_ahead = models.BooleanField(default=False)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "account", "service", "supplier", "receipt"],
                name="cart_item_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="cart_item_penalty_is_part_of_amount",
                condition=Q(amount__gt=0, penalty__gte=0, penalty__lte=F("amount")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.account_id}: {self.amount}"


class PaymentLink(models.Model):
    """Whoever has the address may pay this account's due and learns nothing else about it.

    Only the digest of the address's token is kept.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.account_id} until {self.expires_at}"

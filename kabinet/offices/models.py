from __future__ import annotations

from django.db import models
from django.db.models import Q

from kabinet.providers.models import Branch, Provider


class Office(models.Model):
    """A place that people visit or call (отделение, сервисный центр); comes in bundles (OPX-08)."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="offices")
    branch = models.ForeignKey(Branch, models.PROTECT)
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=300)
    lat = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    lon = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    phone = models.CharField(max_length=100, blank=True)
    email = models.CharField(max_length=254, blank=True)
    hours = models.CharField(max_length=300, blank=True)
    hours_json = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "code"], name="office_code_per_provider"),
            models.CheckConstraint(
                name="office_is_on_earth",
                condition=(Q(lat=None) | Q(lat__range=(-90, 90)))
                & (Q(lon=None) | Q(lon__range=(-180, 180))),
            ),
        ]

    def __str__(self) -> str:
        return self.name

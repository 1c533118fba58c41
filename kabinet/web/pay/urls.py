from __future__ import annotations

from django.urls import path

from kabinet.web.pay import checkout

urlpatterns = [
    path("pay/<uuid:checkout_id>/", checkout.show, name="checkout"),
    path("pay/<uuid:checkout_id>/state/", checkout.state, name="checkout-state"),
    path("pay/<uuid:checkout_id>/back/", checkout.back, name="checkout-back"),
    path("pay/<uuid:checkout_id>/on/", checkout.carry_on, name="checkout-carry-on"),
]

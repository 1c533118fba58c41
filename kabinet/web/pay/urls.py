from __future__ import annotations

from django.urls import path

from kabinet.web.pay import account, cart, checkout, history, papers, rules

urlpatterns = [
    path("a/<uuid:account_id>/pay/", account.pay_account, name="account-pay"),
    path("pay/cart/", cart.show_cart, name="cart"),
    path("pay/cart/add/", cart.add_to_cart, name="cart-add"),
    path("pay/rules/<str:code>/", rules.show_rules, name="pay-rules"),
    path("pay/history/", history.show_history, name="own-payments"),
    path("pay/history/<uuid:checkout_id>/", history.show_payment, name="own-payment"),
    path("pay/history/<uuid:checkout_id>/again/", history.repeat, name="own-payment-repeat"),
    path("pay/<uuid:checkout_id>/", checkout.show, name="checkout"),
    path("pay/<uuid:checkout_id>/state/", checkout.state, name="checkout-state"),
    path("pay/<uuid:checkout_id>/back/", checkout.back, name="checkout-back"),
    path("pay/<uuid:checkout_id>/on/", checkout.carry_on, name="checkout-carry-on"),
    path("pay/<uuid:checkout_id>/receipt.pdf", papers.download_receipt, name="payment-receipt"),
]

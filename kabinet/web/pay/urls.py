from __future__ import annotations

from django.urls import path

from kabinet.web.pay import (
    account,
    autopay,
    cards,
    cart,
    checkout,
    code_image,
    history,
    links,
    papers,
    readings,
    rules,
)

urlpatterns = [
    path("a/<uuid:account_id>/pay/", account.pay_account, name="account-pay"),
    path("a/<uuid:account_id>/pay/share/", links.share, name="pay-share"),
    path("a/<uuid:account_id>/pay/readings/", readings.show_block, name="pay-readings"),
    path("a/<uuid:account_id>/autopay/", autopay.show, name="autopay"),
    path("a/<uuid:account_id>/autopay/connect/", autopay.connect, name="autopay-connect"),
    path("a/<uuid:account_id>/autopay/change/", autopay.change, name="autopay-change"),
    path("a/<uuid:account_id>/autopay/off/", autopay.switch_off, name="autopay-off"),
    path("a/<uuid:account_id>/autopay/skip/", autopay.skip, name="autopay-skip"),
    path("a/<uuid:account_id>/autopay/restore/", autopay.restore, name="autopay-restore"),
    path("a/<uuid:account_id>/autopay/resume/", autopay.resume, name="autopay-resume"),
    path("pay/cards/", cards.show_cards, name="cards"),
    path("pay/cards/new/", cards.add_card, name="card-new"),
    path("pay/cards/new/<uuid:binding_id>/", cards.show_binding, name="card-binding"),
    path("pay/cards/<uuid:card_id>/default/", cards.make_default, name="card-default"),
    path("pay/cards/<uuid:card_id>/remove/", cards.remove, name="card-remove"),
    path("pay/cart/", cart.show_cart, name="cart"),
    path("pay/cart/add/", cart.add_to_cart, name="cart-add"),
    path("pay/rules/<str:code>/", rules.show_rules, name="pay-rules"),
    path("pay/card-offer/<str:code>/", rules.show_card_offer, name="card-offer"),
    path("pay/history/", history.show_history, name="own-payments"),
    path("pay/history/<uuid:checkout_id>/", history.show_payment, name="own-payment"),
    path("pay/history/<uuid:checkout_id>/again/", history.repeat, name="own-payment-repeat"),
    path("pay/<uuid:checkout_id>/", checkout.show, name="checkout"),
    path("pay/<uuid:checkout_id>/state/", checkout.state, name="checkout-state"),
    path("pay/<uuid:checkout_id>/code.png", code_image.show, name="checkout-code"),
    path("pay/<uuid:checkout_id>/back/", checkout.back, name="checkout-back"),
    path("pay/<uuid:checkout_id>/on/", checkout.carry_on, name="checkout-carry-on"),
    path("pay/<uuid:checkout_id>/receipt.pdf", papers.download_receipt, name="payment-receipt"),
]

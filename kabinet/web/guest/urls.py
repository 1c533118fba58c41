from __future__ import annotations

from django.urls import path

from kabinet.web.guest import find, meters
from kabinet.web.guest.visits import PAYING, READINGS
from kabinet.web.pay import guest_rules, guest_sums, links

_READINGS, _PAYING = {"visit": READINGS}, {"visit": PAYING}

urlpatterns = [
    path("guest/readings/", find.start, _READINGS, name="guest-readings"),
    path("guest/readings/initials/", find.by_initials, _READINGS, name="guest-readings-initials"),
    path("guest/readings/address/", find.by_address, _READINGS, name="guest-readings-address"),
    path("guest/readings/meters/", meters.hand_over, name="guest-readings-meters"),
    path("guest/readings/end/", meters.end, name="guest-readings-end"),
    path("guest/pay/", find.start, _PAYING, name="guest-pay"),
    path("guest/pay/initials/", find.by_initials, _PAYING, name="guest-pay-initials"),
    path("guest/pay/address/", find.by_address, _PAYING, name="guest-pay-address"),
    path("guest/pay/sums/", guest_sums.pay_sums, name="guest-pay-sums"),
    path("guest/pay/end/", guest_sums.end, name="guest-pay-end"),
    path("guest/pay/rules/<str:code>/", guest_rules.show_rules, name="guest-pay-rules"),
    path("l/<str:token>/", links.pay_link, name="pay-link"),
]

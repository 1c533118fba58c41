from __future__ import annotations

from django.urls import path

from kabinet.web.guest import find, meters

urlpatterns = [
    path("guest/readings/", find.start, name="guest-readings"),
    path("guest/readings/initials/", find.by_initials, name="guest-readings-initials"),
    path("guest/readings/address/", find.by_address, name="guest-readings-address"),
    path("guest/readings/meters/", meters.hand_over, name="guest-readings-meters"),
    path("guest/readings/end/", meters.end, name="guest-readings-end"),
]

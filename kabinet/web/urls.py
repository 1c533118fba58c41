from __future__ import annotations

from django.urls import include, path

from kabinet.web.logos import show_logo

urlpatterns = [
    # LogosFirst answers before the address is resolved; here it has its name.
    path("logos/<str:digest>.png", show_logo, name="provider-logo"),
    path("", include("kabinet.web.entry.urls")),
    path("", include("kabinet.web.entry.leaving_urls")),
    path("", include("kabinet.web.guest.urls")),
    path("", include("kabinet.web.home.urls")),
    path("", include("kabinet.web.accounts.urls")),
    path("", include("kabinet.web.pay.urls")),
    path("", include("kabinet.web.readings.urls")),
    path("", include("kabinet.web.bills.urls")),
    path("", include("kabinet.web.statistics.urls")),
    path("", include("kabinet.web.forecast.urls")),
]

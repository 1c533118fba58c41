from __future__ import annotations

from django.urls import path

from kabinet.web.readings import meter_views, views

urlpatterns = [
    path("readings/", views.show_all_readings, name="all-readings"),
    path("a/<uuid:account_id>/readings/", views.show_readings, name="readings"),
    path(
        "a/<uuid:account_id>/readings/<uuid:reading_id>/",
        meter_views.show_passport,
        name="reading-passport",
    ),
    path(
        "a/<uuid:account_id>/readings/<uuid:reading_id>/withdraw/",
        meter_views.withdraw,
        name="reading-withdraw",
    ),
    path("a/<uuid:account_id>/meters/", meter_views.show_meters, name="meters"),
    path(
        "a/<uuid:account_id>/meters/<uuid:meter_id>/",
        meter_views.show_meter_history,
        name="meter-history",
    ),
]

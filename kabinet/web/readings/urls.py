from __future__ import annotations

from django.urls import path

from kabinet.web.readings import views

urlpatterns = [
    path("a/<uuid:account_id>/readings/", views.show_readings, name="readings"),
    path(
        "a/<uuid:account_id>/meters/<uuid:meter_id>/",
        views.show_meter_history,
        name="meter-history",
    ),
]

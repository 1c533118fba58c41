from __future__ import annotations

from django.urls import path

from kabinet.web.forecast import views

urlpatterns = [
    path("a/<uuid:account_id>/forecast/", views.show_forecast, name="forecast"),
]

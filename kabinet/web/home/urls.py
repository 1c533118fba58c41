from __future__ import annotations

from django.urls import path

from kabinet.web.home import views

urlpatterns = [
    path("", views.show_home, name="home"),
    path("a/<uuid:account_id>/", views.show_account_home, name="account-home"),
    path("a/<uuid:account_id>/due/", views.refresh_due, name="account-due"),
]

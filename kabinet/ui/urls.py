from __future__ import annotations

from django.urls import path

from kabinet.ui import views

urlpatterns = [
    path("ui/preferences/", views.preferences, name="ui-preferences"),
    path("ui/gallery/", views.gallery, name="gallery"),
]

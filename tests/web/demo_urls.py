"""The addresses of a demo, as ``config.urls`` builds them when KABINET_DEMO is on."""

from __future__ import annotations

from django.urls import include, path

from kabinet.config.urls import urlpatterns as always

urlpatterns = [*always, path("demo/", include("demo.mailbox.urls"))]

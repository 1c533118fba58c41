"""The addresses of a demo, as ``config.urls`` builds them when KABINET_DEMO is on."""

from __future__ import annotations

from django.urls import include, path

from kabinet.config.urls import handler400, handler403, handler404, handler500
from kabinet.config.urls import urlpatterns as always

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [*always, path("demo/", include("demo.mailbox.urls"))]

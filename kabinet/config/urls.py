from __future__ import annotations

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("", include("kabinet.config.health")),
    path("desk/", include("kabinet.desk.urls")),
    path("", include("kabinet.web.urls")),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("demo.mailbox.urls")))

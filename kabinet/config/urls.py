from __future__ import annotations

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("", include("kabinet.ui.urls")),
    path("api/", include("kabinet.api.urls")),
    path("desk/", include("kabinet.desk.urls")),
    path("", include("kabinet.web.urls")),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("demo.mailbox.urls")))

handler400 = "kabinet.ui.views.bad_request"
handler403 = "kabinet.ui.views.forbidden"
handler404 = "kabinet.ui.views.not_found"
handler500 = "kabinet.ui.views.failed"

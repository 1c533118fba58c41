from __future__ import annotations

from django.urls import path

from kabinet.web.entry import leaving

urlpatterns = [
    path("profile/data/", leaving.ask_data, name="own-data"),
    path("profile/data/<uuid:archive_id>/", leaving.data_file, name="own-data-file"),
    path("profile/leave/", leaving.leave, name="leave"),
    path("profile/leave/confirm/", leaving.confirm, name="leave-confirm"),
    path("profile/leave/cancel/", leaving.stay, name="leave-cancel"),
]

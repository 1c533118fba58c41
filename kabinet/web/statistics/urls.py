from __future__ import annotations

from django.urls import path

from kabinet.web.statistics import views
from kabinet.web.statistics.downloads import FileKind

urlpatterns = [
    path("a/<uuid:account_id>/statistics/", views.show_statistics, name="statistics"),
    path(
        "a/<uuid:account_id>/statistics.csv",
        views.download_statistics,
        {"kind": FileKind.CSV},
        name="statistics-csv",
    ),
    path(
        "a/<uuid:account_id>/statistics.xlsx",
        views.download_statistics,
        {"kind": FileKind.XLSX},
        name="statistics-xlsx",
    ),
]

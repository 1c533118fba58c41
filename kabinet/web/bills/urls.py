from __future__ import annotations

from django.urls import path

from kabinet.web.bills import archive, feeds, pdf, views, why

urlpatterns = [
    path("a/<uuid:account_id>/bills/", views.show_bills, name="bills"),
    path("a/<uuid:account_id>/bills/<uuid:bill_id>/why/", why.show_why, name="bill-why"),
    path("a/<uuid:account_id>/bills/<uuid:bill_id>.pdf", pdf.download_bill, name="bill-pdf"),
    path(
        "a/<uuid:account_id>/bills/<int:year>/archive/new/",
        archive.request_archive,
        name="archive-request",
    ),
    path("a/<uuid:account_id>/bills/<int:year>/archive/", archive.show_archive, name="archive"),
    path("a/<uuid:account_id>/bills/<int:year>.zip", archive.download_archive, name="archive-zip"),
    path("a/<uuid:account_id>/charges/", views.show_charges, name="charges"),
    path("a/<uuid:account_id>/charges/<str:month>/", views.show_month, name="charges-month"),
    path("a/<uuid:account_id>/settlements/", views.show_settlements, name="settlements"),
    path("a/<uuid:account_id>/payments/", views.show_payments, name="payments"),
    path("a/<uuid:account_id>/events/", feeds.show_events, name="events"),
    path("a/<uuid:account_id>/tariffs/", feeds.show_tariffs, name="tariffs"),
]

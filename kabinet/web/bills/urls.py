from __future__ import annotations

from django.urls import path

from kabinet.web.bills import pdf, views

urlpatterns = [
    path("a/<uuid:account_id>/bills/", views.show_bills, name="bills"),
    path("a/<uuid:account_id>/bills/<uuid:bill_id>.pdf", pdf.download_bill, name="bill-pdf"),
    path("a/<uuid:account_id>/charges/", views.show_charges, name="charges"),
    path("a/<uuid:account_id>/charges/<str:month>/", views.show_month, name="charges-month"),
    path("a/<uuid:account_id>/settlements/", views.show_settlements, name="settlements"),
    path("a/<uuid:account_id>/payments/", views.show_payments, name="payments"),
]

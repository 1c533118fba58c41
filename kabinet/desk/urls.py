from __future__ import annotations

from django.contrib import admin
from django.urls import path

from kabinet.desk.exports import views as exports
from kabinet.desk.home import views as home
from kabinet.desk.imports import views as imports
from kabinet.desk.look import views as look
from kabinet.desk.meters import views as meters
from kabinet.desk.payments import views as payments
from kabinet.desk.reconciliation import deciding
from kabinet.desk.reconciliation import views as reconciliation

urlpatterns = [
    path("", home.show_home, name="desk-home"),
    path("imports/", imports.show_imports, name="desk-imports"),
    path("imports/<uuid:run_id>/", imports.show_import, name="desk-import"),
    path("imports/<uuid:run_id>/progress/", imports.show_progress, name="desk-import-progress"),
    path("imports/<uuid:run_id>/rejects.zip", imports.download_rejects, name="desk-import-rejects"),
    path("exports/", exports.show_exports, name="desk-exports"),
    path("exports/new/", exports.export_new_rows, name="desk-export-new"),
    path("exports/<int:number>/file/", exports.download_again, name="desk-export-file"),
    path("exports/<int:number>/received/", exports.acknowledge, name="desk-export-received"),
    path("readings/waiting/", meters.show_waiting, name="desk-waiting-readings"),
    path("meters/verifications/", meters.show_verifications, name="desk-verifications"),
    path("meters/verifications.csv", meters.download_verifications, name="desk-verifications-file"),
    path("payments/", payments.show_register, name="desk-payments"),
    path(
        "payments/payments.csv",
        payments.download_register,
        {"kind": "csv"},
        name="desk-payments-csv",
    ),
    path(
        "payments/payments.xlsx",
        payments.download_register,
        {"kind": "xlsx"},
        name="desk-payments-xlsx",
    ),
    path("payments/contracts/", payments.show_contracts, name="desk-contracts"),
    path("payments/<uuid:checkout_id>/<int:part>/", payments.show_payment, name="desk-payment"),
    path("payments/<uuid:checkout_id>/<int:part>/refund/", payments.give_back, name="desk-refund"),
    path(
        "payments/<uuid:checkout_id>/<int:part>/receipt/",
        payments.ask_receipt,
        name="desk-payment-receipt",
    ),
    path("reconciliation/", reconciliation.show_days, name="desk-reconciliation"),
    path(
        "reconciliation/<int:reconciliation_id>/again/",
        reconciliation.compare_again,
        name="desk-reconciliation-again",
    ),
    path(
        "reconciliation/differences/",
        reconciliation.show_discrepancies,
        name="desk-discrepancies",
    ),
    path(
        "reconciliation/differences/discrepancies.csv",
        reconciliation.download_discrepancies,
        {"kind": "csv"},
        name="desk-discrepancies-csv",
    ),
    path(
        "reconciliation/differences/discrepancies.xlsx",
        reconciliation.download_discrepancies,
        {"kind": "xlsx"},
        name="desk-discrepancies-xlsx",
    ),
    path(
        "reconciliation/differences/<int:discrepancy_id>/",
        reconciliation.show_discrepancy,
        name="desk-discrepancy",
    ),
    path(
        "reconciliation/differences/<int:discrepancy_id>/decide/",
        deciding.decide,
        name="desk-discrepancy-decide",
    ),
    path("look/", look.show_looks, name="desk-looks"),
    path("look/<str:code>/", look.show_look, name="desk-look"),
    path("look/<str:code>/logo/", look.set_logo, name="desk-look-logo"),
    path("look/<str:code>/logo/remove/", look.remove_logo, name="desk-look-logo-remove"),
    path("look/<str:code>/colour/", look.set_colour, name="desk-look-colour"),
    path("look/<str:code>/colour/remove/", look.remove_colour, name="desk-look-colour-remove"),
    path("admin/", admin.site.urls),
]

from __future__ import annotations

from django.urls import path

from kabinet.web.accounts import card, linking, pages, upgrade

urlpatterns = [
    path("accounts/", pages.account_list, name="account-list"),
    path("accounts/link/", linking.choose_provider, name="account-link"),
    path("accounts/link/by-address/", linking.find_by_address, name="account-link-by-address"),
    path("accounts/link/to/<str:code>/", linking.enter_number, name="account-link-number"),
    path("accounts/link/to/<str:code>/proof/", linking.prove, name="account-link-proof"),
    path("a/<uuid:account_id>/linked/", linking.show_success, name="account-linked"),
    path("a/<uuid:account_id>/settings/", pages.edit_account, name="account-edit"),
    path("a/<uuid:account_id>/primary/", pages.make_primary, name="account-primary"),
    path("a/<uuid:account_id>/unlink/", pages.unlink, name="account-unlink"),
    path("a/<uuid:account_id>/upgrade/", upgrade.upgrade, name="account-upgrade"),
    path("a/<uuid:account_id>/subscriber/", card.subscriber, name="subscriber"),
]

from __future__ import annotations

from django.urls import path

from kabinet.web.accounts import (
    asking,
    card,
    contracts,
    holders,
    linking,
    pages,
    starting,
    upgrade,
)

urlpatterns = [
    path("accounts/", pages.account_list, name="account-list"),
    path("accounts/link/", starting.start, name="account-link"),
    path("accounts/link/providers/", starting.choose_provider, name="account-link-providers"),
    path("accounts/link/by-address/", starting.find_by_address, name="account-link-by-address"),
    path("accounts/link/to/<str:code>/", linking.enter_number, name="account-link-number"),
    path("accounts/link/to/<str:code>/proof/", linking.prove, name="account-link-proof"),
    path("accounts/link/to/<str:code>/ask/", asking.ask_to_link, name="account-link-ask"),
    path(
        "accounts/requests/<uuid:request_id>/withdraw/",
        asking.withdraw,
        name="account-request-withdraw",
    ),
    path("a/<uuid:account_id>/linked/", linking.show_success, name="account-linked"),
    path("a/<uuid:account_id>/settings/", pages.edit_account, name="account-edit"),
    path("a/<uuid:account_id>/primary/", pages.make_primary, name="account-primary"),
    path("a/<uuid:account_id>/unlink/", pages.unlink, name="account-unlink"),
    path("a/<uuid:account_id>/upgrade/", upgrade.upgrade, name="account-upgrade"),
    path("a/<uuid:account_id>/upgrade/ask/", asking.ask_to_extend, name="account-upgrade-ask"),
    path("a/<uuid:account_id>/holders/<uuid:holder_id>/", holders.revoke, name="account-holder"),
    path("a/<uuid:account_id>/subscriber/", card.subscriber, name="subscriber"),
    path("a/<uuid:account_id>/contracts/", contracts.show_contracts, name="contracts"),
    path("a/<uuid:account_id>/acts/", contracts.show_acts, name="acts"),
    path("a/<uuid:account_id>/service-centre/", card.service_centre, name="service-centre"),
]

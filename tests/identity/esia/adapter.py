"""The least that an adapter must do for the tests of proof: a refusal is told on the entry page."""

from __future__ import annotations

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.shortcuts import redirect

from kabinet.identity.esia.problems import EsiaProblem


class Adapter(DefaultSocialAccountAdapter):
    def on_authentication_error(self, request, provider, exception=None, **_more):
        messages.error(request, (exception or EsiaProblem()).message)
        raise ImmediateHttpResponse(redirect("account_login"))

"""Our adapter, stopped where a person is proved and nothing is made of it yet."""

from __future__ import annotations

from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpResponse

from kabinet.identity.social import SocialAccountAdapter


class Stopping(SocialAccountAdapter):
    seen = []

    def pre_social_login(self, request, sociallogin):
        self.seen.append(sociallogin)
        raise ImmediateHttpResponse(HttpResponse("proved"))

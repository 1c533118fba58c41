from __future__ import annotations

from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from kabinet.identity.esia.provider import EsiaProvider

urlpatterns = default_urlpatterns(EsiaProvider)

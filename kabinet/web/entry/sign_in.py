from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from django.http import HttpResponse

from kabinet.web.entry.forms import SignIn
from kabinet.web.entry.visitors import UNPROCESSABLE, limited, own_next


class SignInView(LoginView):
    """allauth's sign-in with our form, page and answers; the password's way through its stages is untouched."""

    template_name = "web/entry/sign_in.html"

    def get_form_class(self) -> type[SignIn]:
        return SignIn

    def form_invalid(self, form: SignIn) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = UNPROCESSABLE
        return limited(response, form.refusal) if form.refusal else response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "next": own_next(self.request)}

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone

from kabinet.ui import captcha as captchas

register = template.Library()


@register.inclusion_tag("ui/captcha.html", takes_context=True)
def captcha(context: template.Context, form: str) -> dict[str, Any]:
    """Show the check inside a form that asks for one, and nothing in any other."""
    if not captchas.is_on(captchas.CaptchaForm(form)):
        return {"captcha": None}
    return {"captcha": captchas.offer(context["request"], at=timezone.now())}

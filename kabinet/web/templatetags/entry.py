from __future__ import annotations

from django import template

from kabinet.identity.devices import browser_words

register = template.Library()
register.filter("browser", browser_words)

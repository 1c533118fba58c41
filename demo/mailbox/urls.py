from __future__ import annotations

from django.urls import path

from demo.mailbox.views import mailbox

urlpatterns = [path("mailbox/", mailbox, name="demo-mailbox")]

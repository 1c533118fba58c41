from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest
from django.conf import settings as deployed
from django.urls import reverse
from django.utils import timezone

import demo.mailbox
from kabinet.channels import operations
from kabinet.channels.models import Delivery
from kabinet.channels.operations import deliver
from sandbox.sms.books import Books
from sandbox.sms.server import Sandbox
from tests.channels.gateways import ACCOUNT, point
from tests.web import demo_urls
from tests.web.entry import EMAIL, sign_up

pytestmark = pytest.mark.django_db
MAILBOX = "/demo/mailbox/"
TEMPLATES = Path(demo.mailbox.__file__).parent / "templates"


@pytest.fixture
def in_demo(settings):
    settings.DEMO = True
    # Apps cannot be added to a running registry; their templates can.
    templates = deepcopy(settings.TEMPLATES)
    templates[0]["OPTIONS"]["loaders"] = [
        "django.template.loaders.app_directories.Loader",
        ("django.template.loaders.filesystem.Loader", [TEMPLATES]),
    ]
    settings.TEMPLATES = templates
    # Imported above, outside the demo, or the addresses of all later tests would have the mailbox.
    settings.ROOT_URLCONF = demo_urls.__name__
    settings.EMAIL_CONNECTOR = settings.SMS_CONNECTOR = "mailbox"


def _deliver_all():
    for pk in Delivery.objects.values_list("pk", flat=True):
        deliver(delivery_id=pk, at=dt.datetime.now(tz=dt.UTC))


def test_the_mailbox_does_not_exist_outside_the_demo(client):
    sign_up(client)

    assert deployed.DEMO is False
    assert "demo.mailbox" not in deployed.INSTALLED_APPS
    assert client.get(MAILBOX).status_code == 404
    for name in ("account_login", "account_signup", "account_signup_code"):
        assert "mailbox" not in client.get(reverse(name)).content.decode()


def test_the_page_itself_refuses_outside_the_demo(client, in_demo, settings):
    settings.DEMO = False

    assert client.get(MAILBOX).status_code == 404


def test_the_addresses_of_an_installation_lack_the_mailbox():
    script = (
        "import django, os; django.setup(); from django.urls import resolve;"
        "resolve('/login/');\n"
        "try: resolve('/demo/mailbox/')\n"
        "except Exception as error: print(type(error).__name__)\n"
        "else: print('reached')"
    )

    def said(demo):
        environment = {
            **os.environ,
            "KABINET_DEMO": demo,
            "DJANGO_SETTINGS_MODULE": "kabinet.config.settings",
        }
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    assert said("off") == "Resolver404"
    assert said("on") == "reached"


def test_in_the_demo_the_code_stands_there_in_large(client, in_demo):
    sign_up(client)
    sign_up(client, "8 912 345 67 89")
    _deliver_all()

    answer = client.get(MAILBOX)

    page = answer.content.decode()
    assert answer["Refresh"] == "5"
    assert page.index("+79123456789") < page.index(EMAIL)
    assert page.count('class="demo-code num"') == 2
    assert [row.status for row in Delivery.objects.all()] == ["sent", "sent"]


@pytest.fixture
def telephones(in_demo, settings):
    with Sandbox(smsc=[ACCOUNT], books=Books(delay=0.0)) as sandbox:
        point(settings, sandbox, "smsc")
        yield sandbox


def test_sms_that_left_by_a_real_connector_stand_there_too(client, telephones):
    sign_up(client)
    sign_up(client, "8 912 345 67 89")
    _deliver_all()
    operations.send_sms(recipient="+79990000002", text="потерян 654321", at=timezone.now())
    _deliver_all()

    page = client.get(MAILBOX).content.decode()

    (code,) = re.findall(r"код (\d{6})", telephones.books.all()[0].text)
    assert f'class="demo-code num">{code}<' in page
    assert page.count('class="demo-code num"') == 2
    assert ("не дошло" in page, "654321" in page) == (True, False)
    assert f'href="{telephones.url}/"' in page
    assert Delivery.objects.filter(connector="smsc", text="").count() == 2


def test_codes_in_messengers_are_looked_for_there(client, in_demo, settings):
    settings.MESSENGERS, settings.TELEGRAM_URL = ["telegram"], "http://127.0.0.1:8106"
    operations.send_to_messenger(recipient="telegram:5001", text="код 482913", at=timezone.now())

    page = client.get(MAILBOX).content.decode()

    assert 'href="http://127.0.0.1:8106/"' in page
    assert ("5001" in page, "482913" in page) == (False, False)
    settings.MESSENGERS = []
    assert "Открыть мессенджеры" not in client.get(MAILBOX).content.decode()


def test_a_message_in_the_queue_is_shown_as_such(client, telephones):
    sign_up(client, "8 912 345 67 89")

    page = client.get(MAILBOX).content.decode()

    assert "отправляется" in page
    assert page.count('class="demo-code num"') == 1


def test_telephones_that_do_not_answer_hide_no_letters(client, in_demo, settings):
    settings.SMS_CONNECTOR, settings.SMSC_URL = "smsc", "http://127.0.0.1:9/sys"
    sign_up(client)

    page = client.get(MAILBOX).content.decode()

    assert "Телефоны показа не отвечают" in page
    assert page.count('class="demo-code num"') == 1


def test_in_the_demo_the_entry_pages_lead_to_the_mailbox(client, in_demo):
    sign_up(client)

    for name in ("account_login", "account_signup_code", "account_reset_password"):
        assert client.get(reverse(name), follow=True).content.decode().count(MAILBOX) == 1

"""Words and ways on the pages of entry that are easily lost: headings of documents, who is asked what, ways back."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kabinet.web.templatetags.entry import with_lead
from tests.web.entry import make_person, sign_in

pytestmark = pytest.mark.django_db


def page_of(client, name, **query):
    return client.get(reverse(name), query).content.decode()


@pytest.mark.parametrize(
    ("paragraph", "shown"),
    [
        ("Срок. Пока вы с нами.", "<b>Срок.</b> Пока вы с нами."),
        ("Одно предложение.", "Одно предложение."),
        ("Длинное начало, которое само уже предложение. И другое.", None),
        ("<b>. <i>", "<b>&lt;b&gt;.</b> &lt;i&gt;"),
        ("<script>", "&lt;script&gt;"),
    ],
)
def test_a_paragraph_is_read_by_its_short_heading(paragraph, shown):
    assert with_lead(paragraph) == (shown or paragraph)


def test_a_document_is_shown_with_its_headings(client):
    page = client.get(reverse("legal-document", args=["personal-data-consent"])).content.decode()

    assert "<b>Цель.</b>" in page


def test_whoever_opens_a_qr_link_signed_out_is_told_why_to_sign_in(client):
    told = "Чтобы впустить другое устройство, сначала войдите здесь."

    assert told in page_of(client, "account_login", next="/qr/any/code/")
    assert told not in page_of(client, "account_login", next="/profile/")
    assert told not in page_of(client, "account_login", next="//evil.example/qr/")


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        ("email", "Сюда придёт письмо со ссылкой."),
        ("email,phone", "На почту придёт письмо со ссылкой, на телефон — код."),
        ("phone", "Сюда придёт код подтверждения."),
    ],
)
def test_sign_up_by_link_says_what_will_come(client, settings, kinds, told):
    settings.SIGN_UP_PROOF, settings.SMS_CONNECTOR = "link", "mailbox"
    settings.SIGN_UP_BY = tuple(kinds.split(","))

    assert told in page_of(client, "account_signup")


def test_a_forgotten_current_password_has_a_way_out_where_recovery_is_on(client, settings):
    make_person()
    sign_in(client)
    assert "Забыли текущий пароль?" in page_of(client, "account_change_password")

    settings.ENTRY_BLOCKS = tuple(part for part in settings.ENTRY_BLOCKS if part != "recovery")
    assert "Забыли текущий пароль?" not in page_of(client, "account_change_password")


def test_the_only_device_says_that_there_is_no_other(client):
    make_person()
    sign_in(client)
    assert "Больше вы нигде не вошли." in page_of(client, "devices")

    other = type(client)()
    sign_in(other)
    page = page_of(client, "devices")
    assert "Больше вы нигде не вошли." not in page
    assert "Не узнаёте устройство?" in page

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from kabinet.kernel.errors import NotVisible, Refused
from kabinet.ui import views

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def raising(error):
    def view(_request):
        raise error

    view.login_required = False
    return view


def posted(_request):
    return HttpResponse("ok")


posted.login_required = False

urlpatterns = [
    path("hidden/", raising(NotVisible())),
    path("refused/", raising(Refused("Приём показаний закрыт. Передайте их с 15 декабря."))),
    path("forbidden/", raising(PermissionDenied())),
    path("odd/", raising(SuspiciousOperation())),
    path("broken/", raising(RuntimeError("secret detail"))),
    path("posted/", posted),
    path("ui/preferences/", views.preferences, name="ui-preferences"),
]
handler400 = "kabinet.ui.views.bad_request"
handler403 = "kabinet.ui.views.forbidden"
handler404 = "kabinet.ui.views.not_found"
handler500 = "kabinet.ui.views.failed"


@pytest.mark.parametrize(
    ("address", "status", "title"),
    [
        ("/hidden/", 404, "Такой страницы нет"),
        ("/refused/", 409, "Сейчас это сделать нельзя"),
        ("/forbidden/", 403, "Сюда нельзя"),
        ("/odd/", 400, "Запрос не понят"),
        ("/broken/", 500, "Что-то сломалось у нас"),
    ],
)
def test_every_refusal_is_a_page_with_a_way_on(address, status, title):
    response = Client(raise_request_exception=False).get(address)
    page = response.content.decode()

    assert response.status_code == status
    assert f"<h1>{title}</h1>" in page
    assert 'class="btn btn-primary" href="/"' in page
    assert "secret detail" not in page


def test_an_unknown_address_is_the_same_page_as_a_hidden_thing():
    response = Client().get("/no/such/page/")

    # Nobody learns from the page whether the thing exists; an unknown person is asked to sign in first or told 404.
    assert response.status_code == 404
    assert "<h1>Такой страницы нет</h1>" in response.content.decode()


def test_a_refusal_says_why():
    response = Client().get("/refused/")

    assert "Приём показаний закрыт. Передайте их с 15 декабря." in response.content.decode()


def test_a_stale_form_is_explained_and_nothing_is_done():
    response = Client(enforce_csrf_checks=True).post("/posted/")

    assert response.status_code == 403
    assert "<h1>Страница устарела</h1>" in response.content.decode()


def test_the_page_of_a_failure_needs_neither_database_nor_person(django_assert_num_queries):
    with django_assert_num_queries(0):
        response = views.failed(RequestFactory().get("/"))

    assert response.status_code == 500

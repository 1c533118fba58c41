"""A provider's administrator dresses its pages: logo, colour, the link to the entry page (IDN-01, 02)."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kabinet.kernel.actors import Role
from kabinet.kernel.models import AuditEntry
from kabinet.providers import pictures
from kabinet.providers.models import Provider, StaffMember
from kabinet.providers.queries import get_active_provider
from tests.desk.test_payments import text_of, works
from tests.factories import ProviderFactory
from tests.providers.drawing import drawn, kept

pytestmark = pytest.mark.django_db
PAGE = reverse("desk-look", args=["gas"])
LOGO = reverse("desk-look-logo", args=["gas"])
COLOUR = reverse("desk-look-colour", args=["gas"])
ACTIONS = [LOGO, reverse("desk-look-logo-remove", args=["gas"]), COLOUR]
ACTIONS += [reverse("desk-look-colour-remove", args=["gas"])]


@pytest.fixture
def provider():
    return ProviderFactory(code="gas", name="Озёрскгаз")


@pytest.fixture
def administrator(client, provider):
    works(client, provider, Role.ADMINISTRATOR)
    return client


def send(client, content=None, name="logo.png"):
    upload = SimpleUploadedFile(name, drawn() if content is None else content)
    return client.post(LOGO, {"logo": upload})


def provider_now():
    return get_active_provider(code="gas")


def test_the_menu_leads_to_the_own_provider(administrator):
    looks = reverse("desk-looks")

    assert looks in administrator.get(reverse("desk-home")).content.decode()
    assert administrator.get(looks).url == PAGE
    page = text_of(administrator.get(PAGE))
    for words in ("Озёрскгаз", "Пока только название", "http://localhost:8000/enter/gas/"):
        assert words in page


def test_a_logo_is_sent_seen_replaced_and_removed(administrator, client):
    saved = send(administrator)
    assert (saved.status_code, saved.url) == (302, PAGE)
    page = administrator.get(PAGE)
    assert "Логотип сохранён" in text_of(page)
    assert page.content.decode().count(f"/logos/{provider_now().logo.digest}.png") == 2

    assert send(administrator, drawn(colour=(160, 30, 20, 255))).status_code == 302
    assert administrator.post(ACTIONS[1]).url == PAGE
    assert (provider_now().logo, Provider.objects.get().logo_key) == (None, "")
    trail = AuditEntry.objects.filter(action__startswith="providers.provider")
    assert [entry.action.rpartition(".")[2] for entry in trail.order_by("pk")] == [
        "set_logo",
        "set_logo",
        "remove_logo",
    ]
    assert {entry.actor_kind for entry in trail} == {"staff"}


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", pictures.IsDrawing),
        (b"not a picture", pictures.UnfitPicture),
        (drawn() + b"\0" * pictures.MAX_BYTES, pictures.TooHeavy),
        (drawn((10, 10)), pictures.TooSmall),
    ],
)
def test_a_bad_file_is_explained_beside_its_field_and_nothing_is_lost(
    administrator, content, refusal
):
    send(administrator)
    administrator.post(COLOUR, {"colour": "#0b4f8a"})
    before = provider_now()

    answer = send(administrator, content)

    assert answer.status_code == 422
    assert answer.context["logo_form"].errors == {"logo": [str(refusal.message)]}
    assert 'aria-invalid="true"' in answer.content.decode()
    assert (provider_now(), len(kept())) == (before, 1)
    assert answer.context["colour_form"]["colour"].value() == "#0b4f8a"


@pytest.mark.parametrize("fields", [{}, {"logo": ""}, {"logo": "text"}])
def test_without_a_file_it_says_so(administrator, fields):
    answer = administrator.post(LOGO, fields)

    assert (answer.status_code, answer.context["logo_form"].errors) == (
        422,
        {"logo": ["Выберите файл."]},
    )


@pytest.mark.parametrize(
    "name",
    ["../../../etc/passwd.png", "..\\x.png", "a\x00b.png", "логотип.svg", "x" * 90, "?.html"],
)
def test_the_files_name_means_nothing(administrator, name):
    answer = send(administrator, name=name)

    assert answer.status_code == 302, answer.context["logo_form"].errors
    assert len(kept()) == 1


def test_a_colour_is_kept_and_taken_away(administrator):
    assert administrator.post(COLOUR, {"colour": "#0B4F8A"}).url == PAGE
    assert provider_now().colour == "#0b4f8a"
    assert 'fill="#0b4f8a"' in administrator.get(PAGE).content.decode()

    assert administrator.post(ACTIONS[3]).url == PAGE
    assert provider_now().colour == ""


def test_a_colour_on_which_nothing_reads_is_refused_and_the_nearest_is_one_press_away(
    administrator,
):
    answer = administrator.post(COLOUR, {"colour": "#777777"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "контраст 4,4 : 1, а нужен 4,5 : 1" in page
    assert 'value="#777777"' in page
    assert '<input type="hidden" name="colour" value="#767676">' in page
    assert provider_now().colour == ""
    assert administrator.post(COLOUR, {"colour": "#767676"}).status_code == 302


@pytest.mark.parametrize("typed", ["red", '"><script>alert(1)</script>', "", "#fff"])
def test_what_is_no_colour_is_explained(administrator, typed):
    answer = administrator.post(COLOUR, {"colour": typed})

    assert (answer.status_code, list(answer.context["colour_form"].errors)) == (422, ["colour"])
    assert "<script>alert" not in answer.content.decode()
    assert provider_now().colour == ""


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.INTEGRATOR, Role.PUBLISHER])
def test_other_roles_neither_see_nor_change_it(client, provider, role):
    works(client, provider, role)

    assert reverse("desk-looks") not in client.get(reverse("desk-home")).content.decode()
    assert client.get(PAGE).status_code == client.get(reverse("desk-looks")).status_code == 403
    assert {client.post(address, {"colour": "#000000"}).status_code for address in ACTIONS} == {403}
    assert send(client).status_code == 403
    assert (provider_now().logo, provider_now().colour, kept()) == (None, "", [])


def test_another_providers_administrator_finds_no_such_page(client, provider):
    works(client, ProviderFactory(), Role.ADMINISTRATOR)

    assert client.get(PAGE).status_code == 404
    assert {client.post(address, {"colour": "#000000"}).status_code for address in ACTIONS} == {404}
    assert send(client).status_code == 404
    assert (provider_now().logo, provider_now().colour, kept()) == (None, "", [])


def test_nothing_is_changed_by_a_get(administrator):
    assert {administrator.get(address).status_code for address in ACTIONS} == {405}


def test_whoever_administers_several_goes_from_one_to_the_other(client, provider):
    user = works(client, provider, Role.ADMINISTRATOR)
    second = ProviderFactory(code="heat", name="Арктика")
    StaffMember.objects.create(provider=second, user=user, role=Role.ADMINISTRATOR)
    ProviderFactory(code="foreign")

    first = reverse("desk-look", args=["heat"])
    assert client.get(reverse("desk-looks")).url == first
    page = client.get(first).content.decode()
    assert (PAGE in page, "/foreign/" in page) == (True, False)
    assert first in client.get(PAGE).content.decode()


@pytest.mark.parametrize("others", [0, 2])
def test_the_page_costs_the_same_for_any_number(
    client, provider, others, django_assert_num_queries
):
    user = works(client, provider, Role.ADMINISTRATOR)
    for _ in range(others):
        StaffMember.objects.create(provider=ProviderFactory(), user=user, role=Role.ADMINISTRATOR)
    client.get(PAGE)
    with django_assert_num_queries(5):
        client.get(PAGE)

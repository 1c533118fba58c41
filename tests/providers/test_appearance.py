"""A provider's logo and colour: who sets them, what is kept, what is refused (IDN-01)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from kabinet.kernel import files
from kabinet.kernel.actors import NOBODY, SYSTEM, Actor, Role
from kabinet.kernel.models import AuditEntry
from kabinet.providers import appearance, pictures
from kabinet.providers.models import Provider
from kabinet.providers.queries import (
    LogoRow,
    ProviderNotFound,
    get_active_provider,
    get_looks,
    get_only_provider,
)
from tests.clock import NOW
from tests.factories import ProviderFactory
from tests.providers.drawing import RED, administrator_of, drawn, kept

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    return ProviderFactory(code="gas", name="Озёрскгаз")


@pytest.fixture
def administrator(provider):
    return administrator_of(provider)


def send(actor, content=None, code="gas"):
    appearance.set_logo(actor=actor, provider_code=code, content=content or drawn(), at=NOW)


def remove(actor, code="gas"):
    appearance.remove_logo(actor=actor, provider_code=code, at=NOW)


def paint(actor, colour, code="gas"):
    appearance.set_colour(actor=actor, provider_code=code, colour=colour, at=NOW)


def logo():
    return get_active_provider(code="gas").logo


def _own_entries():
    return AuditEntry.objects.filter(action__startswith="providers.").order_by("pk")


def trail():
    return [(entry.action, entry.details) for entry in _own_entries()]


def test_a_logo_is_redrawn_kept_told_and_given(administrator):
    send(administrator)

    own = pictures.redraw(drawn())
    digest = files.digest(own.content)
    assert logo() == LogoRow(digest, 300, 100)
    assert appearance.read_logo(digest=digest) == own.content
    assert trail() == [("providers.provider.set_logo", {"sha256": digest})]
    assert re.fullmatch(r"logos/[0-9a-f]{2}/[0-9a-f]{32}\.png", "".join(kept()))


def test_reading_it_takes_one_query_and_rubbish_none(administrator, django_assert_num_queries):
    send(administrator)
    digest = logo().digest

    with django_assert_num_queries(1):
        assert appearance.read_logo(digest=digest)
    with django_assert_num_queries(1):
        assert appearance.read_logo(digest="0" * 64) is None
    with django_assert_num_queries(0):
        for rubbish in ("", "x", "\0", "../../pin_key", digest.upper(), digest + "\n", digest * 2):
            assert appearance.read_logo(digest=rubbish) is None


def test_another_takes_its_place_and_the_first_is_thrown_away(
    administrator, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        send(administrator)
        first = logo().digest
        send(administrator, drawn(colour=RED))

    assert (logo().digest != first, appearance.read_logo(digest=first)) == (True, None)
    assert kept() == [Provider.objects.get().logo_key]


def test_the_same_again_changes_and_tells_nothing(administrator):
    send(administrator)
    before = (kept(), logo(), trail())

    send(administrator, drawn(kind="WEBP", lossless=True))

    assert (kept(), logo(), trail()) == before


def test_one_that_the_storage_has_lost_is_mended_by_sending_it_again(administrator):
    send(administrator)
    (Path(default_storage.location) / kept()[0]).unlink()
    assert appearance.read_logo(digest=logo().digest) is None

    send(administrator)

    assert appearance.read_logo(digest=logo().digest)


def test_bytes_changed_in_the_storage_are_not_given(administrator):
    send(administrator)
    (Path(default_storage.location) / kept()[0]).write_bytes(drawn(colour=RED))

    assert appearance.read_logo(digest=logo().digest) is None


def test_two_providers_may_have_one_logo_and_each_removes_its_own(
    administrator, django_capture_on_commit_callbacks
):
    other = ProviderFactory(code="heat")
    send(administrator)
    send(administrator_of(other), code="heat")
    digest = logo().digest

    with django_capture_on_commit_callbacks(execute=True):
        remove(administrator)

    assert (logo(), get_active_provider(code="heat").logo.digest) == (None, digest)
    assert appearance.read_logo(digest=digest)


def test_removing_leaves_no_file_and_a_trace_and_twice_is_harmless(
    administrator, django_capture_on_commit_callbacks
):
    send(administrator)
    digest = logo().digest
    with django_capture_on_commit_callbacks(execute=True):
        remove(administrator)
        remove(administrator)

    assert (logo(), kept(), appearance.read_logo(digest=digest)) == (None, [], None)
    assert trail()[1:] == [("providers.provider.remove_logo", {"sha256": digest})]


def test_a_bad_file_changes_nothing(administrator):
    send(administrator)
    before = (kept(), logo(), trail())

    with pytest.raises(pictures.IsDrawing):
        send(administrator, b"<svg></svg>")

    assert (kept(), logo(), trail()) == before


def test_what_fails_after_the_file_is_kept_leaves_no_file(administrator, monkeypatch):
    def fail(*_args, **_details):
        raise RuntimeError

    monkeypatch.setattr("kabinet.kernel.audit.record", fail)
    with pytest.raises(RuntimeError):
        send(administrator)

    assert (kept(), logo()) == ([], None)


STRANGERS = {
    "nobody": lambda _own, _other: NOBODY,
    "customer": lambda _own, _other: Actor.customer(1),
    "operator": lambda own, _other: administrator_of(own, role=Role.OPERATOR),
    "publisher": lambda own, _other: administrator_of(own, role=Role.PUBLISHER),
    "integrator": lambda own, _other: administrator_of(own, role=Role.INTEGRATOR),
    "neighbour": lambda _own, other: administrator_of(other),
}


@pytest.mark.parametrize("who", STRANGERS)
def test_nobody_else_changes_how_a_provider_looks(provider, administrator, who, monkeypatch):
    send(administrator)
    paint(administrator, "#0b6478")
    before = (kept(), logo(), trail())
    stranger = STRANGERS[who](provider, ProviderFactory())
    # Not even decoded.
    monkeypatch.setattr(pictures, "redraw", None)

    for attempt in (
        lambda: send(stranger, drawn(colour=RED)),
        lambda: remove(stranger),
        lambda: paint(stranger, "#000000"),
    ):
        with pytest.raises(ProviderNotFound):
            attempt()

    assert (kept(), logo(), trail()) == before
    assert get_active_provider(code="gas").colour == "#0b6478"
    assert "gas" not in [look.code for look in get_looks(actor=stranger)]


def test_an_administrator_sees_the_looks_of_own_providers_by_name(provider):
    second = ProviderFactory(name="Арктика")
    ProviderFactory(name="Чужой")

    looks = get_looks(actor=administrator_of(provider, second))

    assert [look.name for look in looks] == ["Арктика", "Озёрскгаз"]


@pytest.mark.parametrize(
    ("typed", "kept_colour"),
    [("#0B6478", "#0b6478"), (" #f2b600 ", "#f2b600"), ("#ffffff", "#ffffff"), ("", "")],
)
def test_a_colour_is_kept(administrator, typed, kept_colour):
    paint(administrator, "#000000")

    paint(administrator, typed)

    assert get_active_provider(code="gas").colour == kept_colour
    assert trail()[1:] == [("providers.provider.set_colour", {"colour": kept_colour})]


def test_the_same_colour_again_tells_nothing(administrator):
    paint(administrator, "#000000")
    paint(administrator, "#000000")

    assert len(trail()) == 1


@pytest.mark.parametrize(
    "typed",
    ["red", "#fff", "0b6478", "#0b647g", "#0b64780", '#0b6478"/><script>', "url(x)", "#０b6478"],
)
def test_what_is_no_colour_is_refused(administrator, typed):
    with pytest.raises(appearance.NotAColour):
        paint(administrator, typed)

    assert (get_active_provider(code="gas").colour, trail()) == ("", [])


def test_a_colour_on_which_nothing_reads_is_refused_with_the_ratio_and_the_nearest(administrator):
    with pytest.raises(appearance.UnreadableColour) as refused:
        paint(administrator, "#777777")

    assert refused.value.nearest == "#767676"
    assert str(refused.value) == (
        "На этом цвете текст плохо читается: контраст 4,4 : 1, а нужен 4,5 : 1. "
        "Ближайший подходящий цвет — #767676."
    )
    assert (get_active_provider(code="gas").colour, trail()) == ("", [])
    paint(administrator, refused.value.nearest)


@pytest.mark.parametrize(
    "broken",
    [
        {"colour": "red"},
        {"logo_key": "x"},
        {"logo_sha256": "0" * 64},
        {"logo_key": "x", "logo_sha256": "0" * 64, "logo_width": 1},
        {"logo_key": "x", "logo_sha256": "zz", "logo_width": 1, "logo_height": 1},
    ],
)
def test_the_database_refuses_half_a_logo_and_no_colour(provider, broken):
    with pytest.raises(IntegrityError), transaction.atomic():
        Provider.objects.update(**broken)
    Provider.objects.update(logo_key="x", logo_sha256="0" * 64, logo_width=1, logo_height=1)


def test_the_only_provider_is_known_when_it_is_alone(provider, django_assert_num_queries):
    send(SYSTEM)
    ProviderFactory(is_active=False)
    with django_assert_num_queries(1):
        only = get_only_provider()
    assert (only.code, only.logo is None) == ("gas", False)

    ProviderFactory()
    with django_assert_num_queries(1):
        assert get_only_provider() is None
    Provider.objects.update(is_active=False)
    assert get_only_provider() is None

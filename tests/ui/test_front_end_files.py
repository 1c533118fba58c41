"""What browsers download: nothing foreign, nothing missing, nothing heavy."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command

from tools import vendor

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "kabinet/ui/static"
FIRST_VISIT_LIMIT = 200_000
PAGE_ALLOWANCE = 12_000  # one page's own HTML, compressed: four times a full home page


def test_vendored_files_are_those_of_the_manifest():
    assert vendor.check() == []


def test_a_changed_or_strange_vendored_file_is_noticed(monkeypatch, tmp_path):
    folder = tmp_path / "kabinet/ui/static/vendor"
    folder.mkdir(parents=True)
    (folder / "known.js").write_text("changed")
    (folder / "stranger.js").write_text("")
    (folder / "manifest.json").write_text(
        '[{"files": {"kabinet/ui/static/vendor/known.js": "0", "gone.js": "0"}}]'
    )
    monkeypatch.setattr(vendor, "ROOT", tmp_path)
    monkeypatch.setattr(vendor, "VENDOR", folder)
    monkeypatch.setattr(vendor, "MANIFEST", folder / "manifest.json")

    assert vendor.check() == [
        "kabinet/ui/static/vendor/known.js: not as in the manifest",
        "gone.js: not as in the manifest",
        "kabinet/ui/static/vendor/stranger.js: not in the manifest",
    ]


def test_the_first_visit_stays_within_the_page_budget():
    base = (ROOT / "kabinet/ui/templates/ui/base.html").read_text()
    linked = set(re.findall(r"{% static '([^']+)' %}", base))
    theme = (STATIC / "ui/theme.css").read_text()
    linked |= {f"vendor/{name}" for name in re.findall(r"\.\./vendor/([^\"]+)", theme)}

    weights = {name: _compressed(STATIC / name) for name in linked}

    assert len(weights) == 9
    assert sum(weights.values()) + PAGE_ALLOWANCE < FIRST_VISIT_LIMIT, weights


def _compressed(path):
    content = path.read_bytes()
    return len(content) if path.suffix == ".woff2" else len(brotli.compress(content))


def test_static_files_collect_under_hashed_names(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }

    call_command("collectstatic", interactive=False, verbosity=0, stdout=StringIO())

    theme = next(tmp_path.glob("ui/theme.*.css")).read_text()
    assert re.search(r"\.\./vendor/golos/golos-cyrillic\.[0-9a-f]{12}\.woff2", theme)


def dark_tokens(theme, opening):
    block = theme.split(opening, 1)[1].split("}", 1)[0]
    return re.findall(r"--kb-[\w-]+: [^;]+;", block)


def test_the_dark_theme_is_the_same_with_and_without_javascript():
    theme = (STATIC / "ui/theme.css").read_text()

    chosen = dark_tokens(theme, '\n[data-bs-theme="dark"] {')
    followed = dark_tokens(theme, ':root:not(.kb-js)[data-kb-theme="auto"] {')

    assert len(chosen) >= 20
    assert chosen == followed


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    "opening", [':root, [data-bs-theme="light"] {', '\n[data-bs-theme="dark"] {']
)
def test_both_themes_are_legible(opening):
    theme = (STATIC / "ui/theme.css").read_text()
    colours = {
        name: (value * 2 if len(value) == 3 else value)
        for name, value in (
            re.match(r"--kb-([\w-]+): (.*);", token).groups()
            for token in dark_tokens(theme, opening)
        )
        if value.startswith("#")
    }
    colours = {
        name: value if len(value) == 7 else "#" + "".join(sign * 2 for sign in value[1:])
        for name, value in colours.items()
    }
    text_pairs = [
        ("ink", "card"),
        ("ink", "ground"),
        ("quiet", "card"),
        ("quiet", "ground"),
        ("brand", "card"),
        ("brand", "ground"),
        ("brand-strong", "brand-soft"),
        ("on-brand", "brand"),
        ("on-brand", "brand-strong"),
        *((kind, f"{kind}-soft") for kind in ("done", "wait", "late")),
        *(("ink", f"{kind}-soft") for kind in ("brand", "done", "wait", "late")),
        ("late", "card"),
    ]
    weak = {pair for pair in text_pairs if contrast(*(colours[name] for name in pair)) < 4.5}
    faint = {
        pair
        for pair in [("edge", "card"), ("edge", "ground"), ("brand", "line")]
        if contrast(*(colours[name] for name in pair)) < 3
    }

    assert (weak, faint) == (set(), set())


def test_the_browser_finds_every_file_that_pages_name():
    named = set()
    for template in (ROOT / "kabinet").rglob("templates/**/*.html"):
        named |= set(re.findall(r"{% static ['\"]([^'\"]+)['\"] %}", template.read_text()))

    assert {name for name in named if finders.find(name) is None} == set()

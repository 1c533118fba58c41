"""Rules that every template of ours keeps, read from the files themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template import engines

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(
    path
    for app in ("kabinet", "demo")
    for path in (ROOT / app).rglob("templates/**/*")
    if path.suffix in {".html", ".txt"}
)
LETTERS = {"email", "letters", "files"}
# Mail programs know no style sheets, and a file that is kept has none beside it; pages never need an inline style.
PAGES = [path for path in TEMPLATES if path.suffix == ".html" and not LETTERS & {*path.parts}]

INLINE = re.compile(
    r"""\sstyle\s*=|<style\b|<script\b(?![^>]*\bsrc=)|\son[a-z]+\s*=|javascript:""", re.IGNORECASE
)
FOREIGN = re.compile(r"""\b(?:src|srcset|poster)\s*=\s*["'](?:https?:)?//""", re.IGNORECASE)
TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
PAIRED = re.compile(r"{% (comment|blocktranslate|blocktrans)\b.*?%}.*?{% end\1 %}", re.DOTALL)
CYRILLIC = re.compile("[а-яё]+", re.IGNORECASE)
# A literal that a tag or a filter is given: «{% submit "Войти" %}», «{{ count|plural:"день,дня,дней" }}».
BARE = re.compile(r"""(?<!_\()("[^"]*"|'[^']*')""")
GETTEXT_TAG = re.compile(r"{% (?:translate|comment|endcomment)\b.*?%}|{#.*?#}", re.DOTALL)


def name(path):
    return str(path.relative_to(ROOT))


def untranslated(source):
    given = " ".join(TAG.findall(GETTEXT_TAG.sub("", source)))
    bare = "".join(BARE.findall(given))
    return CYRILLIC.findall(TAG.sub("", PAIRED.sub("", source))) + CYRILLIC.findall(bare)


def test_there_are_templates_to_check():
    assert len(PAGES) > 10


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_template_compiles(path):
    # The demo's own templates are found only where the demo is installed, so compile the text itself.
    engines["django"].from_string(path.read_text())


def test_nothing_is_inline_or_foreign():
    guilty = {
        name(path): found
        for path in PAGES
        if (found := [*INLINE.findall(path.read_text()), *FOREIGN.findall(path.read_text())])
    }

    assert guilty == {}


def test_every_russian_word_goes_through_gettext():
    guilty = {name(path): words for path in TEMPLATES if (words := untranslated(path.read_text()))}

    assert guilty == {}


def test_forms_that_change_something_carry_their_token():
    guilty = [
        name(path)
        for path in PAGES
        for form in re.findall(r'<form[^>]*method="post".*?</form>', path.read_text(), re.DOTALL)
        if "csrf_token" not in form and "gallery" not in path.name
    ]

    assert guilty == []


@pytest.mark.parametrize(
    ("source", "is_caught"),
    [
        ('<p style="color:red">x</p>', True),
        ("<script>x()</script>", True),
        ('<a onclick="x()">x</a>', True),
        ('<a href="javascript:x()">x</a>', True),
        ("<script src=\"{% static 'x.js' %}\" defer></script>", False),
        ('<p class="style-one">on = off</p>', False),
    ],
)
def test_the_check_for_inline_parts_knows_them(source, is_caught):
    assert bool(INLINE.search(source)) is is_caught


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>Привет</p>", ["Привет"]),
        ('<p title="Привет">', ["Привет"]),
        ('{% translate "Привет" %}', []),
        ("{% blocktranslate %}Привет, {{ x }}{% endblocktranslate %}!", []),
        ("{# Привет #}{% comment %}Привет{% endcomment %}", []),
        ('{{ n|plural:_("день,дня,дней") }}', []),
        ('{{ n|plural:"день,дня,дней" }}', ["день", "дня", "дней"]),
        ("{% submit 'Войти' outline=True %}", ["Войти"]),
        ('{% blocktranslate with n=n|plural:"день" %}{{ n }}{% endblocktranslate %}', ["день"]),
    ],
)
def test_the_check_for_bare_words_knows_them(source, words):
    assert untranslated(source) == words


def test_an_undefined_variable_in_our_template_fails_the_test(tmp_path, monkeypatch):
    template = engines["django"].from_string("{{ forgotten }}")
    for node in template.template.nodelist:
        node.origin.name = str(ROOT / "kabinet/ui/templates/ui/x.html")

    with pytest.raises(pytest.fail.Exception, match="forgotten"):
        template.render({})


def test_an_undefined_variable_in_a_strangers_template_is_empty():
    assert engines["django"].from_string("[{{ forgotten }}]").render({}) == "[]"

"""What can be told of any page without knowing it: its words, its headings, its one main button, its width."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from playwright.sync_api import Page

from tests.e2e.axe import assert_accessible, assert_no_overflow, assert_touchable

READ = """() => {
    const main = document.querySelector("main");
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (!parent.closest("script, style, code")) texts.push(walker.currentNode.data);
    }
    const filled = [...main.querySelectorAll(".btn-primary")].filter((e) => e.checkVisibility());
    return {
        text: texts.join(" ").replace(/[\\s\\u00a0\\u202f]+/g, " "),
        title: document.title,
        headings: [...document.querySelectorAll("h1")].map((e) => e.textContent.trim()),
        filled: filled.map((e) => e.textContent.trim()),
        sections: filled.map((e) => [...document.querySelectorAll("form")].indexOf(e.closest("form"))),
    };
}"""
# Web and mail addresses, a meter's model or serial, file names: Latin by nature.
OURS = re.compile(r"https?://\S+|\S+@\S+|\S*\d\S*|[\w-]*\.(?:zip|csv|xlsx|json)\b")
LATIN = re.compile(r"\b(?![IVX]+\b)[A-Za-z]{2,}")
# Kinds of files, the program that people know one of them by, the pattern of squares, and services' own names.
ALLOWED = {"PDF", "CSV", "XLSX", "ZIP", "Excel", "QR", "VK", "ID"}
PLACEHOLDERS = re.compile(r"\bNone\b|\bnan\b|\{\{|\{%|%\(\w+\)|\bundefined\b")
NOUNS = (
    ("день", "дня", "дней"),
    ("месяц", "месяца", "месяцев"),
    ("счёт", "счёта", "счетов"),
    ("платёж", "платежа", "платежей"),
    ("услуга", "услуги", "услуг"),
    ("попытка", "попытки", "попыток"),
    ("строка", "строки", "строк"),
    ("минута", "минуты", "минут"),
    ("знак", "знака", "знаков"),
    ("цифра", "цифры", "цифр"),
)
COUNTED = re.compile(
    rf"(?<![\d.,-])(?<!\d )(\d+) ({'|'.join(word for nouns in NOUNS for word in nouns)})\b"
)


def faults_of_words(page: Page, *, latin: frozenset[str] = frozenset()) -> Iterator[str]:
    """Say what is wrong with the page's words, title, headings and buttons."""
    # After a click the address may be new before its page has a body.
    page.wait_for_load_state()
    said = page.evaluate(READ)
    title, text = said["title"], said["text"]
    if not re.fullmatch(r"\S.* — Кабинет", title):
        yield f"title: {title!r}"
    if len(said["headings"]) != 1 or not said["headings"][0]:
        yield f"headings of the first level: {said['headings']}"
    for form in set(said["sections"]):
        buttons = [
            text for text, of in zip(said["filled"], said["sections"], strict=True) if of == form
        ]
        if len(buttons) > 1:
            yield f"several filled buttons side by side: {buttons}"
    leaks = set(LATIN.findall(OURS.sub(" ", text))) - ALLOWED - latin
    if leaks:
        yield f"Latin words: {sorted(leaks)}"
    yield from (f"placeholder: {found!r}" for found in PLACEHOLDERS.findall(text))
    yield from (
        f"plural: {number} {noun}"
        for number, noun in COUNTED.findall(text)
        if not _agrees(int(number), noun)
    )


def _agrees(number: int, noun: str) -> bool:
    """«1 день, 2 дня, 5 дней»; the genitive of a range («не больше 6 месяцев») looks the same from 5 on."""
    forms = next(forms for forms in NOUNS if noun in forms)
    if number % 10 == 1 and number % 100 != 11:
        return noun == forms[0] or noun == forms[1]  # «до 1 дня»
    if number % 10 in {2, 3, 4} and number % 100 not in {12, 13, 14}:
        return noun in forms[1:]  # «2 дня», «до 2 дней»
    return noun == forms[2]


WIDTHS = (1280, 390, 320)


def faults_of_shape(page: Page, *, deep: bool) -> Iterator[str]:
    """Wide, phone and 200 % zoom of a phone-sized window; ``deep`` asks axe-core too, in both themes.

    Begins with the width that the window has: a change of it costs as much as the checks.
    """
    is_narrow = page.viewport_size["width"] < WIDTHS[0]
    for width in reversed(WIDTHS) if is_narrow else WIDTHS:
        if page.viewport_size["width"] != width:
            page.set_viewport_size({"width": width, "height": 844})
        yield from _failures(page, assert_no_overflow, assert_touchable)
        if deep and width != 320:
            yield from _failures(page, assert_accessible)
    if deep:
        page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
        contrast = partial(assert_accessible, rule="color-contrast")
        yield from (f"dark: {fault}" for fault in _failures(page, contrast))


def _failures(page: Page, *checks: Callable[[Page], None]) -> Iterator[str]:
    for check in checks:
        try:
            check(page)
        except AssertionError as fault:
            yield str(fault)


def visit(
    page: Page,
    address: str,
    *,
    status: int = 200,
    deep: bool = True,
    latin: frozenset[str] = frozenset(),
) -> list[str]:
    """Open the page and give every fault found on it, each with its address."""
    answer = page.goto(address)
    faults = [] if answer.status == status else [f"answered {answer.status}, not {status}"]
    faults += look(page, deep=deep, latin=latin)
    return [f"{address}: {fault}" for fault in faults]


def look(page: Page, *, deep: bool = True, latin: frozenset[str] = frozenset()) -> list[str]:
    """Every fault of the page that is open now."""
    return [*faults_of_words(page, latin=latin), *faults_of_shape(page, deep=deep)]

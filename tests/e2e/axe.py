"""What every page is held to in a real browser: axe-core finds no serious fault, nothing sticks out sideways."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FAILING = {"serious", "critical"}
# Rated «moderate» by axe-core, but a page of ours has no excuse.
ALSO_FAILING = {"page-has-heading-one", "landmark-one-main", "region"}


def assert_accessible(page: Page, *, rule: str | None = None) -> None:
    """Fail on a serious fault; ``rule`` asks for one rule only, say ``color-contrast`` in another theme."""
    if not page.evaluate("'axe' in window"):
        # evaluate() is the debugger's door: the page's own policy against foreign scripts stays in force.
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "only => axe.run(document, {runOnly: only, resultTypes: ['violations']})",
        {"type": "rule", "values": [rule]} if rule else {"type": "tag", "values": RULES},
    )
    faults = [
        f"{violation['impact']} {violation['id']}: {violation['help']}\n"
        + "\n".join(
            f"    {node['target']}: {node['failureSummary']}" for node in violation["nodes"]
        )
        for violation in found["violations"]
        if violation["impact"] in FAILING or violation["id"] in ALSO_FAILING
    ]
    assert not faults, f"{page.url}\n" + "\n".join(faults)


def assert_no_overflow(page: Page) -> None:
    """Fail if the page scrolls sideways, and name what sticks out."""
    width, inner = page.evaluate("[document.scrollingElement.scrollWidth, window.innerWidth]")
    assert width <= inner, f"{page.url} is {width} px wide in a window of {inner}: {_wide(page)}"


def _wide(page: Page) -> list[str]:
    return page.evaluate(
        """[...document.querySelectorAll("body *")]
            .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1)
            .slice(0, 5)
            .map(e => e.outerHTML.slice(0, 120))"""
    )


def assert_touchable(page: Page, least: int = 24) -> None:
    """Fail if a control outside running text is smaller than WCAG 2.2 asks (2.5.8)."""
    small = page.evaluate(
        """least => [...document.querySelectorAll("button, summary, input:not([type=hidden]), select, textarea, nav a, a.btn")]
            .filter(e => e.checkVisibility())
            // Nothing to touch: the unseen button that the Enter key presses.
            .filter(e => !e.matches(".visually-hidden[aria-hidden=true]"))
            .filter(e => { const r = e.getBoundingClientRect(); return r.width < least || r.height < least; })
            .map(e => e.outerHTML.slice(0, 120))""",
        least,
    )
    assert small == [], page.url

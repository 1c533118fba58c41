"""What the documents point at is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_tree_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_test_named_by_the_requirements_exists():
    text = (ROOT / "docs" / "requirements.md").read_text()
    named = set(re.findall(r"tests/[\w/]+\.py", text))

    assert named
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_every_requirement_stands_once():
    text = (ROOT / "docs" / "requirements.md").read_text()
    ids = []
    for cell in re.findall(r"^\| ([A-Z]{3}-\d\d(?:, \d\d)*) \|", text, re.MULTILINE):
        area = cell[:4]
        ids += [area + number for number in re.findall(r"\d\d", cell)]

    assert len(ids) == len(set(ids)) > 80

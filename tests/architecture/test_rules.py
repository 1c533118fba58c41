"""Rules of the house that no linter knows (style R2, R4, R5; design §3)."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).parents[2]
CODE = sorted(
    path
    for package in ("kabinet", "demo", "sandbox", "benchmarks")
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
INTERFACES = ("web", "desk", "api")
OURS = [model for model in apps.get_models() if model.__module__.startswith("kabinet.")]

# A person's own belongings go with the person; nothing with a sum or a history is among them.
CASCADES = {
    "providers.StaffMember.user",
    "identity.Consent.user",
    "identity.LinkedMessenger.user",
    "identity.MessengerLinking.user",
    "identity.OneTimeCode.owner",
    "identity.PersonalArchive.user",
    "identity.QrSignIn.user",
    "identity.SignedInSession.user",
    # What somebody meant to pay and has not paid.
    "payments.CartItem.user",
}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_file_is_short_enough_to_read(path):
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", TESTS, ids=_name)
def test_test_file_is_short_enough_to_read(path):
    assert len(path.read_text().splitlines()) <= 600


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_functions_are_short_enough_to_read(path):
    offenders = [
        f"{node.name}: {node.end_lineno - node.lineno + 1}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > 50
    ]
    assert offenders == []


@pytest.mark.parametrize("app", INTERFACES)
def test_interfaces_do_not_touch_managers(app):
    offenders = [
        f"{_name(path)}:{node.lineno}"
        for path in (ROOT / "kabinet" / app).rglob("*.py")
        if "admin" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_base_manager"}
    ]
    assert offenders == []


# The home page's blocks stand apart: one that fails is logged and leaves the others alone (ACC-34).
MAY_SWALLOW = {"kabinet/web/home/blocks.py"}


def test_nobody_swallows_every_exception():
    offenders = [
        f"{_name(path)}:{node.lineno}"
        for path in CODE
        if _name(path) not in MAY_SWALLOW
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]
    assert offenders == []


def test_files_are_private():
    """Uploads and papers lie under opaque keys; a FileField would give them an address (design §5)."""
    offenders = [
        f"{model._meta.label}.{field.name}"
        for model in OURS
        for field in model._meta.get_fields()
        if isinstance(field, models.FileField)
    ]
    assert offenders == []


def test_money_is_never_deleted_by_cascade():
    found = {
        f"{model._meta.label}.{field.name}"
        for model in OURS
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.remote_field.on_delete is models.CASCADE
    }
    assert found <= CASCADES


def test_no_float_columns():
    offenders = [
        f"{model._meta.label}.{field.name}"
        for model in OURS
        for field in model._meta.get_fields()
        if isinstance(field, models.FloatField)
    ]
    assert offenders == []


def test_no_app_is_an_empty_folder():
    for folder in (ROOT / "kabinet").iterdir():
        if folder.is_dir() and folder.name != "__pycache__":
            python = [
                path for path in folder.rglob("*.py") if path.name not in {"__init__.py", "apps.py"}
            ]
            assert python, f"{folder.name} has nothing to do yet"


def test_the_tree_holds_no_machine_paths_and_no_package_hosts():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    needles = (f"{ROOT.parent}/", f"{Path.home()}/", "pypi.org/simple", "registry.npmjs")
    offenders = [
        name
        for name in listed.split("\0")
        if name != str(Path(__file__).relative_to(ROOT))
        and name.endswith((".py", ".txt", ".toml", ".md", ".in", ".json", ".html", ".yaml"))
        and (ROOT / name).exists()
        and any(needle in (ROOT / name).read_text(errors="replace") for needle in needles)
    ]
    assert offenders == []


def test_what_runs_needs_nothing_that_only_checks():
    """`make demo` and production install base.txt alone; an import for type checkers is never executed."""
    only_checks = {
        "django_stubs_ext",
        "pytest",
        "factory",
        "hypothesis",
        "playwright",
        "pypdfium2",
        "fontTools",
    }
    offenders = [
        f"{_name(path)}:{node.lineno}"
        for path in CODE
        if path.parts[len(ROOT.parts)] in {"kabinet", "demo", "sandbox"}
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module in (
            [node.module]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
        if module and module.split(".")[0] in only_checks
    ]
    assert offenders == []

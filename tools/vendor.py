"""Fetch the front-end files again from npm, or check that what stands in the tree is what the manifest says.

    python tools/vendor.py           # check: every file's SHA-256 against the manifest
    python tools/vendor.py --fetch   # download the packages and write files, icons and manifest anew

Fetching needs ``npm`` and fonttools (requirements/dev.txt); a fresh machine runs Kabinet without Node.js.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "kabinet/ui/static/vendor"
MANIFEST = VENDOR / "manifest.json"
ICON_FILE = ROOT / "kabinet/ui/icons.json"

# A file that names its source map makes the hashed storage look for a file that we do not ship.
SOURCE_MAP = re.compile(rb"\n?(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\s*$")
TEXT = {".css", ".js"}


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    licence: str
    files: Mapping[str, str]  # path inside the package -> path under the repository root


def _vendored(name: str) -> str:
    return f"kabinet/ui/static/vendor/{name}"


PACKAGES = (
    Package(
        "@tabler/core",
        "1.6.1",
        "MIT",
        {"dist/css/tabler.min.css": _vendored("tabler/tabler.min.css")},
    ),
    Package(
        "htmx.org",
        "2.0.11",
        "0BSD",
        {"dist/htmx.min.js": _vendored("htmx/htmx.min.js"), "LICENSE": _vendored("htmx/LICENSE")},
    ),
    Package(
        "@fontsource-variable/golos-text",
        "5.3.0",
        "OFL-1.1",
        {
            "files/golos-text-cyrillic-wght-normal.woff2": _vendored("golos/golos-cyrillic.woff2"),
            "files/golos-text-latin-wght-normal.woff2": _vendored("golos/golos-latin.woff2"),
            "files/golos-text-latin-ext-wght-normal.woff2": _vendored("golos/golos-rouble.woff2"),
            "LICENSE": _vendored("golos/LICENSE"),
        },
    ),
    Package(
        "altcha",
        "3.2.2",
        "MIT",
        {
            # The build without styles and workers inside: the pages' policy allows files of ours only.
            "dist/external/altcha.min.js": _vendored("altcha/altcha.min.js"),
            "dist/external/altcha.css": _vendored("altcha/altcha.css"),
            "dist/workers/pbkdf2.js": _vendored("altcha/pbkdf2.js"),
            "LICENSE.txt": _vendored("altcha/LICENSE"),
        },
    ),
    Package(
        "axe-core",
        "4.14.1",
        "MPL-2.0",
        {"axe.min.js": "tests/e2e/vendor/axe.min.js", "LICENSE": "tests/e2e/vendor/LICENSE"},
    ),
)
ICONS = Package("@tabler/icons", "3.51.0", "MIT", {"LICENSE": _vendored("icons/LICENSE")})

# The rouble sign is the only one of latin-ext's 129 characters that Kabinet writes: 1 KB instead of 19.
SUBSETS = {_vendored("golos/golos-rouble.woff2"): "\N{RUBLE SIGN}"}

# Our word for an icon -> Tabler's; templates use ours, so that a picture can change in one place.
ICON_NAMES = {
    "home": "home",
    "bills": "receipt",
    "bill": "receipt",
    "charges": "report-money",
    "payments": "credit-card",
    "readings": "gauge",
    "meter": "gauge",
    "statistics": "chart-bar",
    "cases": "message-2",
    "contracts": "file-text",
    "offices": "map-pin",
    "help": "help-circle",
    "bell": "bell",
    "menu": "menu-2",
    "down": "chevron-down",
    "up": "chevron-up",
    "left": "chevron-left",
    "right": "chevron-right",
    "back": "arrow-left",
    "plus": "plus",
    "minus": "minus",
    "check": "check",
    "close": "x",
    "done": "circle-check",
    "wait": "clock",
    "late": "alert-circle",
    "error": "alert-circle",
    "warning": "alert-triangle",
    "info": "info-circle",
    "lock": "lock",
    "unlock": "lock-open",
    "key": "key",
    "user": "user",
    "users": "users",
    "subscriber": "id",
    "profile": "user-circle",
    "settings": "settings",
    "sign-out": "logout",
    "sign-in": "login",
    "download": "download",
    "upload": "upload",
    "pdf": "file-type-pdf",
    "file": "file",
    "print": "printer",
    "phone": "phone",
    "emergency": "urgent",
    "mail": "mail",
    "site": "world",
    "calendar": "calendar",
    "history": "history",
    "search": "search",
    "edit": "pencil",
    "delete": "trash",
    "unlink": "unlink",
    "link": "link",
    "star": "star",
    "pin": "pin",
    "eye": "eye",
    "eye-off": "eye-off",
    "sun": "sun",
    "moon": "moon",
    "device": "device-desktop",
    "text-size": "text-size",
    "filter": "filter",
    "refresh": "refresh",
    "copy": "copy",
    "external": "external-link",
    "gas": "flame",
    "electricity": "bolt",
    "water": "droplet",
    "heat": "temperature",
    "housing": "building",
    "building": "building-community",
    "provider": "building-factory-2",
    "inbox": "inbox",
    "empty": "mood-empty",
    "import": "file-import",
    "export": "file-export",
    "table": "table",
    "list": "list",
    "shield": "shield-check",
    "accounts": "layout-list",
    "dots": "dots",
    "camera": "camera",
    "wallet": "wallet",
}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _unpack(package: Package, folder: Path) -> Path:
    """Download one package with npm, which checks its integrity, and unpack it."""
    spec = f"{package.name}@{package.version}"
    packed = subprocess.run(  # noqa: S603 -- fixed words, no shell
        ["npm", "pack", "--silent", spec],  # noqa: S607 -- npm from the path is the ordinary client
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    archive = folder / packed.stdout.split()[-1]
    target = folder / archive.stem
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    return target / "package"


def _clean(path: Path, content: bytes) -> bytes:
    """Without the mention of a source map, and with one newline at the end of text."""
    if path.suffix not in TEXT:
        return content
    return SOURCE_MAP.sub(b"", content).rstrip() + b"\n"


def _copy(package: Package, source: Path) -> Iterable[str]:
    for inside, target in package.files.items():
        path = ROOT / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_clean(path, (source / inside).read_bytes()))
        if target in SUBSETS:
            _keep_characters(path, SUBSETS[target])
        yield target


def _keep_characters(path: Path, characters: str) -> None:
    from fontTools import subset

    options = subset.Options(flavor="woff2", layout_features=["*"])
    font = subset.load_font(str(path), options)
    keeper = subset.Subsetter(options)
    keeper.populate(text=characters)
    keeper.subset(font)
    subset.save_font(font, str(path), options)


def _draw_icons(source: Path) -> str:
    """Keep the insides of the icons that Kabinet uses: ``{"home": "<path d=…/>"}``."""
    outlines = json.loads((source / "tabler-nodes-outline.json").read_bytes())
    drawn = {
        ours: "".join(
            f"<{tag} " + " ".join(f'{key}="{value}"' for key, value in attributes.items()) + "/>"
            for tag, attributes in outlines[tablers]
        )
        for ours, tablers in sorted(ICON_NAMES.items())
    }
    ICON_FILE.write_text(json.dumps(drawn, indent=1, ensure_ascii=False) + "\n")
    return str(ICON_FILE.relative_to(ROOT))


def fetch() -> None:
    entries = []
    with tempfile.TemporaryDirectory() as name:
        for package in (*PACKAGES, ICONS):
            source = _unpack(package, Path(name))
            targets = list(_copy(package, source))
            if package is ICONS:
                targets.append(_draw_icons(source))
            entries.append(
                {
                    "package": package.name,
                    "version": package.version,
                    "licence": package.licence,
                    "files": {target: _digest(ROOT / target) for target in sorted(targets)},
                }
            )
    MANIFEST.write_text(json.dumps(entries, indent=2) + "\n")


def check() -> list[str]:
    """Name every file that is missing, changed, or stands in the vendor folder without an entry."""
    listed = {
        target: digest
        for entry in json.loads(MANIFEST.read_bytes())
        for target, digest in entry["files"].items()
    }
    faults = [
        f"{target}: not as in the manifest"
        for target, digest in listed.items()
        if not (ROOT / target).is_file() or _digest(ROOT / target) != digest
    ]
    present = (path for path in VENDOR.rglob("*") if path.is_file() and path != MANIFEST)
    strangers = {str(path.relative_to(ROOT)) for path in present} - set(listed)
    return faults + [f"{target}: not in the manifest" for target in sorted(strangers)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fetch", action="store_true", help="download and write everything anew")
    if parser.parse_args().fetch:
        fetch()
    faults = check()
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

"""Run every benchmark in a process of its own, so that one's memory does not colour another's figures."""

from __future__ import annotations

import subprocess
import sys

PROGRAMS = (
    "import_bundle",
    "home_page",
    "pages",
    "bill_pdf",
    "forecast",
    "reconciliation",
    "bank_notices",
    "autopay",
    "sign_in",
)

if __name__ == "__main__":
    failed = [
        name
        for name in sys.argv[1:] or PROGRAMS
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
    ]
    sys.exit(f"Не удалось измерить: {', '.join(failed)}" if failed else 0)

from __future__ import annotations

import argparse
from typing import TypeAlias

# argparse gives this type no public name.
Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001

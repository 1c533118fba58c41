from __future__ import annotations

from procrastinate import App


def configure(app: App) -> None:
    """Nothing to add yet: tasks are found as ``tasks.py`` of the installed apps."""

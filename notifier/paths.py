"""Paths in the configuration: a relative one starts from where that lies, so that cron and a shell mean the same."""

from __future__ import annotations

from pathlib import Path


def whole(given: str, folder: Path) -> Path:
    """The whole path; ~ and ~NAME are expanded. Raises ValueError where they cannot be."""
    try:
        return folder.absolute() / Path(given).expanduser()
    except RuntimeError:
        home = Path(given).parts[0]
        raise ValueError(f'"{given}": {home} is nobody\'s folder here; write the path from / on') from None

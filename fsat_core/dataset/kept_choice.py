"""Clips that somebody has chosen, kept under a name that an address can carry: one name, one choice."""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from fsat_core.errors import DatasetError
from fsat_core.files import write_atomically

_FOLDER = "choices"
_MOST = 200  # choices that are kept


def keep_choice(cache_dir: Path, clip_ids: Sequence[str]) -> str:
    """Keep these clips; returns the name of the choice.

    Raises
    ------
    DatasetError
        If they cannot be kept.
    """
    content = json.dumps(list(clip_ids))
    name = hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
    folder = cache_dir / _FOLDER
    try:
        write_atomically(folder / f"{name}.json", content)
        _forget_oldest(folder)
    except OSError as error:
        raise DatasetError(
            f"the choice of clips cannot be kept in {folder} ({error.strerror or error}), expected a folder "
            "with free space; make some or set FSAT_CACHE_DIR to another one."
        ) from error
    return name


def read_choice(cache_dir: Path, name: str) -> list[str] | None:
    """The clips of a choice; None where it is not kept any more, or never was."""
    if not re.fullmatch(r"[0-9a-f]{16}", name):
        return None
    try:
        clip_ids = json.loads((cache_dir / _FOLDER / f"{name}.json").read_text())
    except (OSError, ValueError):
        return None
    return clip_ids if isinstance(clip_ids, list) else None


def _forget_oldest(folder: Path) -> None:
    paths = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    for path in paths[:-_MOST]:
        path.unlink(missing_ok=True)

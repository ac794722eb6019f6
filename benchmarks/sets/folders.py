"""Folders that the scripts write to: claimed with a marker, so that nothing else is ever overwritten."""

import json
import shutil
from pathlib import Path
from typing import Any

from fsat_core.errors import DatasetError
from fsat_core.files import write_json

MARKER = "made_by.json"


def claim_folder(
    out: Path, maker: str, source: Path | None = None, *, keep: bool = False, **arguments: Any
) -> None:
    """Make `out` a folder for `maker`, with a marker that says so and names the arguments.

    What the same script left there before is removed, unless `keep`. Nothing else is ever overwritten.

    Parameters
    ----------
    out : Path
        Its parents are made.
    maker : str
        Name of the script.
    source : Path, optional
        A data set that `out` must not hold.

    Raises
    ------
    DatasetError
        If `out` holds anything that this script did not make, or `source`.
    """
    if source is not None and out.resolve() in (source.resolve(), *source.resolve().parents):
        raise DatasetError(
            f"{out} holds the source set {source}: expected another folder. Choose another one."
        )
    if out.exists() and _maker_of(out) != maker and not (out.is_dir() and not any(out.iterdir())):
        raise DatasetError(
            f"{out} holds something else: expected a new folder, an empty one or one that {maker} made. "
            "Choose another folder."
        )
    if out.exists() and not keep:
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / MARKER, {"made_by": maker, **arguments})


def _maker_of(folder: Path) -> str | None:
    try:
        return json.loads((folder / MARKER).read_text()).get("made_by")
    except (OSError, ValueError, AttributeError):
        return None

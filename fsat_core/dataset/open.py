"""Opening the data set in use: the demo set is made where none is configured, and all headers are read."""

import hashlib
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

import pandas as pd

from fsat_core.dataset.catalogue import Catalogue, hold_catalogue, keep_catalogue, open_catalogue
from fsat_core.dataset.demo.write import write_demo
from fsat_core.dataset.header_scan import mark_used, scan
from fsat_core.dataset.layouts import Dataset, open_dataset
from fsat_core.dataset.parts import find_layout
from fsat_core.errors import DatasetError, FsatError
from fsat_core.executors.workplace import Workplace
from fsat_core.files import why_unwritable
from fsat_core.settings import Settings
from fsat_core.text import readable

_FORMAT = 1  # counts up when what is kept changes
_LARGE_BYTES = 16 << 20  # of tables, as of half a million clips

Progress = Callable[[str, int, int], None]


def open_with_catalogue(
    settings: Settings, progress: Progress, workplace: Workplace | None = None
) -> tuple[Dataset, Catalogue]:
    """The data set in use and its catalogue; a large one is opened in a process of its own.

    Parameters
    ----------
    settings : Settings
        The demo set is written to `demo_dir` first where no other set is configured.
    progress : callable
        Called with what is done in words, the number of clips done and the number of all clips, 0 while
        that is not known.
    workplace : Workplace, optional
        Where headers are read that are not known yet.

    Raises
    ------
    DatasetError
        If the data set cannot be opened, or the demo set not be written.
    """
    if workplace is None and _is_large(settings) and not why_unwritable(settings.cache_dir):
        return _open_in_child(settings, progress)
    return open_here(settings, progress, workplace)


def open_here(
    settings: Settings, progress: Progress, workplace: Workplace | None = None
) -> tuple[Dataset, Catalogue]:
    """The same in this process, which has to hold all tables for a while."""
    reason = why_unwritable(settings.cache_dir)
    if settings.uses_demo:
        _make_demo(settings, reason, progress)
    advance = _step("Reading file headers", progress)
    dataset = open_dataset(settings.data_dir)
    if reason:
        warning = (
            f"Nothing is kept in {settings.cache_dir} ({reason}), so that opening the set takes as long each "
            "time, and nothing can be trained. Mend that folder, or set FSAT_CACHE_DIR to another one."
        )
        dataset = replace(dataset, warnings=(*dataset.warnings, readable(warning)))
    clips = scan(dataset, settings.cache_dir, advance, workplace=workplace)
    try:
        return dataset, _keep(clips, settings.cache_dir)
    except (OSError, DatasetError) as error:
        if not reason:
            warning = (
                f"The catalogue cannot be kept in {settings.cache_dir} ({error}), so that it takes memory. "
                "Mend that folder, or set FSAT_CACHE_DIR to another one."
            )
            dataset = replace(dataset, warnings=(*dataset.warnings, readable(warning)))
        return dataset, hold_catalogue(clips)


def _is_large(settings: Settings) -> bool:
    """Whether opening the data set takes more memory than an app should keep."""
    try:
        tables = [part.table for part in find_layout(settings.data_dir).parts if part.table is not None]
        return sum(table.stat().st_size for table in tables) > _LARGE_BYTES
    except (OSError, FsatError):  # said when it is opened
        return False


def _open_in_child(settings: Settings, progress: Progress) -> tuple[Dataset, Catalogue]:
    with subprocess.Popen(
        [sys.executable, "-m", "fsat_core.dataset.open_child"],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        questions, answers = cast(BinaryIO, child.stdin), cast(BinaryIO, child.stdout)
        try:
            pickle.dump(settings, questions)
            questions.close()
            while True:
                match pickle.load(answers):  # nosec B301
                    case (Dataset() as dataset, Path() as path):
                        return dataset, open_catalogue(path)
                    case (Dataset(), None):  # it could not be kept
                        return open_here(settings, progress)
                    case (FsatError() as error,):
                        raise error
                    case message:
                        progress(*message)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            raise DatasetError(
                f"Opening {settings.data_dir} ended half-way: expected it to be read to the end. Its tables "
                "are large, and may need more memory than there is; look at what the server has printed."
            ) from error
        finally:
            child.kill()


def _keep(clips: pd.DataFrame, cache_dir: Path) -> Catalogue:
    """These clips in a file that is named by what it holds: others may have it open."""
    digest = hashlib.sha256(pd.util.hash_pandas_object(clips, index=False).to_numpy().tobytes())
    digest.update(json.dumps([_FORMAT, *clips.columns]).encode())
    path = cache_dir / "catalogues" / f"clips-{digest.hexdigest()[:16]}.parquet"
    if path.is_file():
        with suppress(DatasetError):  # it is damaged
            catalogue = open_catalogue(path)
            mark_used(path)
            return catalogue
    return keep_catalogue(clips, path)


def _make_demo(settings: Settings, unwritable: str, progress: Progress) -> None:
    """See that the demo set is there; `unwritable` is why its folder cannot be written, if it cannot be."""
    try:
        write_demo(settings.demo_dir, progress=_step("Making the demo set", progress))
    except (DatasetError, OSError) as error:
        if not unwritable:
            raise
        raise DatasetError(
            f"The demo set cannot be made in {settings.cache_dir} ({unwritable}): expected a folder that can "
            "be written. Set FSAT_CACHE_DIR to another one, or open a set of your own with --data."
        ) from error


def _step(name: str, progress: Progress) -> Callable[[int, int], None]:
    progress(name, 0, 0)
    return lambda done, total: progress(name, done, total)

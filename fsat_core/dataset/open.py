"""Opening the data set in use: the demo set is made where none is configured, and all headers are read."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from fsat_core.dataset.catalogue import scan
from fsat_core.dataset.demo.write import write_demo
from fsat_core.dataset.layouts import Dataset, open_dataset
from fsat_core.errors import DatasetError
from fsat_core.files import why_unwritable
from fsat_core.settings import Settings
from fsat_core.text import readable

Progress = Callable[[str, int, int], None]


def open_with_catalogue(settings: Settings, progress: Progress) -> tuple[Dataset, pd.DataFrame]:
    """The data set in use and its catalogue.

    Parameters
    ----------
    settings : Settings
        The demo set is written to `demo_dir` first where no other set is configured.
    progress : callable
        Called with what is done in words, the number of clips done and the number of all clips, 0 while
        that is not known.

    Raises
    ------
    DatasetError
        If the data set cannot be opened, or the demo set not be written.
    """
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
    return dataset, scan(dataset, settings.cache_dir, advance)


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

"""Opening the data set in use: the demo set is made where none is configured, and all headers are read."""

from collections.abc import Callable

import pandas as pd

from fsat_core.dataset.catalogue import scan
from fsat_core.dataset.demo.write import write_demo
from fsat_core.dataset.layouts import Dataset, open_dataset
from fsat_core.settings import Settings

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
    if settings.uses_demo:
        write_demo(settings.demo_dir, progress=_step("Making the demo set", progress))
    advance = _step("Reading file headers", progress)
    dataset = open_dataset(settings.data_dir)
    return dataset, scan(dataset, settings.cache_dir, advance)


def _step(name: str, progress: Progress) -> Callable[[int, int], None]:
    progress(name, 0, 0)
    return lambda done, total: progress(name, done, total)

"""The data set and the runs in use: opened once per server, shared by every visitor and page.

A page calls `dataset()`, `catalogue()`, `labelled()`, `selection()` or `runs()` and reads what they return,
which all sessions share. app.py calls `open_data` before any page
runs.
"""

import argparse
import itertools
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from fsat_core.dataset import SPLITS, Catalogue, Dataset
from fsat_core.dataset.filters import select_clips
from fsat_core.dataset.open import open_with_catalogue
from fsat_core.dataset.statistics import summarise_strings
from fsat_core.errors import ConfigError, FsatError, RunError
from fsat_core.labels.truth import TABLES, TrueLabels, changed_labels
from fsat_core.listing import LabelKind
from fsat_core.runs import Run, list_runs
from fsat_core.settings import Settings, environment_key
from fsat_core.text import readable
from ui.shared.texts import explain

_LABELS = "labels_in_use"  # of the session: the labels that the switch in the sidebar says
_PATIENCE_S = 0.3  # for shorter work a progress bar would only flash
_POLL_S = 0.1
_MOST_SETS = 4  # that are held in memory at a time
_versions = itertools.count(1)

T = TypeVar("T")

CHOSEN_SET = "data_set"  # the name of the data set that the visitor has chosen: a key of the session


@dataclass(frozen=True)
class ActiveRun:
    """What the sidebar says about a run: `progress` runs from 0 to 1, `message` is one line or empty.

    `fold` counts from 0; `data_set` is as `set_of` gives it.
    """

    run_id: str
    state: str
    progress: float
    message: str
    fold: int = 0
    num_folds: int = 0
    data_set: str = ""


def settings() -> Settings:
    """Folders in use, with the data set that this visitor has chosen; see `configured`."""
    installation = configured()
    chosen = st.session_state.get(CHOSEN_SET)
    return installation.of_set(chosen) if chosen in installation.data_sets else installation


def configured() -> Settings:
    """Folders as they were configured: `streamlit run app.py -- --data DIR` wins over the environment.

    Raises
    ------
    ConfigError
        If `--data` stands without a folder, or as `Settings.from_environment`.
    """
    return _configured(environment_key(), _data_option(tuple(sys.argv[1:])))


@lru_cache(maxsize=1)  # a page asks dozens of times
def _configured(key: tuple[str | None, ...], data_dir: Path | None) -> Settings:
    return Settings.from_environment(data_dir=data_dir)


@cache
def _data_option(arguments: tuple[str, ...]) -> Path | None:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--data", type=Path)
    try:
        options, _ = parser.parse_known_args(arguments)
    except argparse.ArgumentError as error:
        raise ConfigError(
            "--data has no value: expected a folder. Start with `streamlit run app.py -- --data DIR`."
        ) from error
    return options.data


def offered_sets() -> list[str]:
    """The names of the data sets to choose from; the demo set is one of them where it is in use."""
    installation = configured()
    shown = {installation.set_name, settings().set_name, *dict(installation.listed_sets)}
    return [name for name in installation.data_sets if name in shown]


def dataset() -> Dataset:
    """The data set in use."""
    return _opened().dataset


def catalogue() -> Catalogue:
    """All clips, with the labels of the tables."""
    return _opened().catalogue


def version() -> int:
    """A number that changes with each new scan: the key for whatever is cached about the catalogue."""
    return _opened().version


def use_labels(labels: TrueLabels | None) -> None:
    """Have this visitor's pages go by these labels; by those of the tables where there are none."""
    st.session_state[_LABELS] = version(), labels


def labels_in_use() -> TrueLabels:
    """The labels that pages go by."""
    chosen_at, labels = st.session_state.get(_LABELS, (version(), None))
    if chosen_at != version():  # in a part of a page that is drawn alone, when somebody has scanned anew
        st.rerun()
    return labels or _tables(version())


def labelled() -> Catalogue:
    """All clips, with the labels in use; a removed clip has none."""
    return labels_in_use().clips


def selection(splits: Sequence[str], labels: LabelKind = "all") -> Catalogue:
    """The clips of `labelled` of some splits and label counts, without removed ones."""
    return _selection(labels_in_use().key, tuple(splits), labels, labelled())


def numbers(splits: Sequence[str], labels: LabelKind = "all") -> dict[str, int]:
    """Counts of a selection as one whole: see `summarise_strings`."""
    return worked_out(_numbers, splits, labels)


def worked_out(what: Callable[..., T], splits: Sequence[str], labels: LabelKind, *options: object) -> T:
    """`what(selection(splits, labels), *options)`, worked out once for all visitors: change nothing in it."""
    name = f"{what.__module__}.{what.__qualname__}"
    return _worked_out(
        labels_in_use().key, tuple(splits), labels, name, options, what, selection(splits, labels)
    )


def splits() -> Sequence[str]:
    """The splits that have clips."""
    return _splits(version())


def num_unreadable() -> int:
    """Number of clips whose file is missing or cannot be read."""
    return _num_unreadable(version())


def runs() -> list[Run]:
    """All training runs, newest first; looked for again after two seconds."""
    runs_dir = settings().runs_dir
    return _list_runs(_key(runs_dir), runs_dir)[0]


def runs_fault() -> str:
    """Why the runs cannot be listed; "" where they can."""
    runs_dir = settings().runs_dir
    return _list_runs(_key(runs_dir), runs_dir)[1]


def set_of(run: Run) -> str:
    """The name of the data set of a run, of those that the operator lists; "" where it is none of them."""
    try:
        return next((name for name, folder in configured().listed_sets if folder == run.data_dir), "")
    except FsatError:  # the run comes from elsewhere, or is damaged
        return ""


def is_elsewhere(name: str) -> bool:
    """Whether this is the name, as from `set_of`, of another data set than the one in use."""
    return name not in ("", settings().set_name)


def forget_runs() -> None:
    """Make the next visitor who looks at the runs read the folder again."""
    _list_runs.clear()
    _active_runs.clear()


def active_runs() -> list[ActiveRun]:
    """The runs that wait, prepare or train now; looked at again after two seconds."""
    runs_dir = settings().runs_dir
    return _active_runs(_key(runs_dir), runs_dir)


def open_data() -> None:
    """Open the data set in use, with a progress bar while that takes long.

    The demo set is made first where it is the one in use. The next visit tries again to open what cannot be.

    Raises
    ------
    FsatError
        If it cannot be opened.
    """
    opening = _openings().of(settings())
    if not opening.finished.wait(_PATIENCE_S):
        _show_progress(opening)
    if opening.error is not None:
        rescan()
        raise opening.error


def rescan() -> None:
    """Make the next `open_data` look at the folder again; files that did not change are not opened."""
    _openings().forget(settings())


@dataclass
class _Opening:
    """A data set that is being opened by a thread, for all sessions that wait for it."""

    settings: Settings
    version: int
    message: str = "Opening the data set"
    progress: tuple[int, int] = (0, 0)  # done and total, in one tuple: readers never see half an update
    dataset: Dataset = field(init=False)
    catalogue: Catalogue = field(init=False)
    error: Exception | None = None
    finished: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        try:
            self.dataset, self.catalogue = open_with_catalogue(self.settings, self._advance)
        except Exception as error:  # passed on to the waiting sessions, which show or raise it
            self.error = error
        finally:
            self.finished.set()

    def _advance(self, message: str, done: int, total: int) -> None:
        self.message, self.progress = message, (done, total)


class _Openings:
    """The data sets opened last, for a page that asks dozens of times for the one in use."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[Path, Path], _Opening] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, in_use: Settings) -> _Opening:
        """The data set of these settings as it is being opened, or has been."""
        place = in_use.data_dir, in_use.cache_dir
        with self._lock:
            if place not in self._found:
                self._found[place] = _open(in_use)
                if len(self._found) > _MOST_SETS:
                    self._found.popitem(last=False)
            self._found.move_to_end(place)
            return self._found[place]

    def forget(self, in_use: Settings) -> None:
        """Have the data set of these settings opened again when it is asked for."""
        with self._lock:
            self._found.pop((in_use.data_dir, in_use.cache_dir), None)


@st.cache_resource(show_spinner=False)
def _openings() -> _Openings:
    return _Openings()


def _open(in_use: Settings) -> _Opening:
    # The work runs in a thread, not in the visitor's script: closing the tab does not stop it, and a second
    # tab waits for the same work and shows the same progress.
    opening = _Opening(in_use, next(_versions))
    threading.Thread(target=opening.run, name="open-data", daemon=True).start()
    return opening


def _key(folder: Path) -> str:
    """A folder as a key of a cache, which has to be text in UTF-8."""
    return readable(str(folder))


def _opened() -> _Opening:
    opening = _openings().of(settings())
    opening.finished.wait()
    if opening.error is not None:
        raise opening.error
    return opening


def _show_progress(opening: _Opening) -> None:
    bar = st.progress(0.0, text=explain(opening.message))
    while not opening.finished.wait(_POLL_S):
        done, total = opening.progress
        count = f": {done:,} of {total:,} clips" if total else ""
        bar.progress(done / max(total, 1), text=explain(opening.message + count))
    bar.empty()


@st.cache_resource(max_entries=_MOST_SETS, show_spinner=False)
def _tables(version: int) -> TrueLabels:
    changed = changed_labels(TABLES, catalogue())
    return TrueLabels(TABLES, "", f"{version} {TABLES}", changed, catalogue())


@st.cache_resource(max_entries=32, show_spinner=False)  # with what has been looked up of it
def _selection(key: str, splits: tuple[str, ...], labels: LabelKind, _clips: Catalogue) -> Catalogue:
    kept = _clips.filter("NOT is_removed")
    return select_clips(kept, splits, labels) if splits else kept.filter("false")


@st.cache_resource(max_entries=128, show_spinner=False)
def _worked_out(
    key: str,
    splits: tuple[str, ...],
    labels: LabelKind,
    name: str,
    options: tuple[object, ...],
    _what: Callable[..., Any],
    _clips: Catalogue,
) -> Any:
    return _what(_clips, *options)


def _numbers(clips: Catalogue) -> dict[str, int]:
    return summarise_strings(clips.label_counts)


@st.cache_resource(max_entries=_MOST_SETS, show_spinner=False)
def _splits(version: int) -> Sequence[str]:
    there = set(catalogue().counts("split")["split"])
    return tuple(split for split in SPLITS if split in there)


@st.cache_resource(max_entries=_MOST_SETS, show_spinner=False)
def _num_unreadable(version: int) -> int:
    return len(catalogue().filter("error <> ''"))


@st.cache_resource(ttl=2, max_entries=2, show_spinner=False)
def _list_runs(key: str, _runs_dir: Path) -> tuple[list[Run], str]:
    try:
        return list_runs(_runs_dir), ""
    except RunError as error:  # sounds can be heard and labelled all the same
        return [], str(error)


@st.cache_resource(ttl=2, max_entries=2, show_spinner=False)
def _active_runs(key: str, _runs_dir: Path) -> list[ActiveRun]:
    active = []
    for run in _list_runs(key, _runs_dir)[0]:
        if run.is_active:
            status = run.status
            active.append(
                ActiveRun(
                    run.run_id,
                    run.state,
                    status.progress,
                    status.message,
                    status.fold,
                    status.num_folds,
                    set_of(run),
                )
            )
    return active

"""Answers computed from the files of runs, kept for all visitors until one of the files changes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar

import streamlit as st

from fsat_core.runs import Run
from fsat_core.runs.stamp import stamp_of
from fsat_core.text import readable

# Files of a run, as glob patterns in its folder.
RESULT_FILES = ("oof.parquet", "test.parquet", "labels.csv", "classes.json", "skipped.csv", "config.json")
CURVE_FILES = ("fold_*/metrics.csv", ".fold_*/metrics.csv")  # of complete folds, and of attempts at others
HEALTH_FILES = (*RESULT_FILES, "scores.json", "features.json", "fold_*/*")
NETWORK_FILES = ("members.onnx", "fold_*/oof.npy")  # oof.npy is written once the network of a fold is final

P = ParamSpec("P")
R = TypeVar("R")


def cached_by_run(
    files: Sequence[str] = RESULT_FILES,
    *,
    max_entries: int,
    show_spinner: bool | str = False,
    hash_funcs: Mapping[str | type, Callable[[Any], Any]] | None = None,
    also: Callable[[Run], object] = lambda run: None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator for a function of runs: its answer is kept until one of their files changes, and no longer.

    Of a run that trains each look has another answer, and the one before it is of use to nobody.

    A resource and not data in Streamlit's words: all sessions share the answer without a copy, so nobody may
    change it. The function is given new `Run`s, since one that was used before keeps what it read then.

    Parameters
    ----------
    files : sequence of str
        What the answer depends on: `RESULT_FILES`, `CURVE_FILES`, `NETWORK_FILES` or `HEALTH_FILES`.
    max_entries : int
        Answers that are kept at most.
    show_spinner : bool or str
        What is shown meanwhile.
    hash_funcs : mapping, optional
        For arguments of further types, what the answer depends on; see `st.cache_resource`.
    also : callable
        Gives what the answer depends on beside a run's files.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @st.cache_resource(
            max_entries=max_entries,
            show_spinner=show_spinner,
            hash_funcs={Run: lambda run: (readable(str(run.path)), also(run)), **(hash_funcs or {})},
            validate=_Kept.is_current,
        )
        @wraps(function)
        def keep(*args: P.args, **kwargs: P.kwargs) -> _Kept[R]:
            new = {name: _renewed(value) for name, value in kwargs.items()}
            # Before the answer: the files may change while it is worked out.
            stamps = [(run, stamp_of(run, files)) for run in _runs_in((*args, *kwargs.values()))]
            return _Kept(files, stamps, function(*map(_renewed, args), **new))

        @wraps(function)
        def answer(*args: P.args, **kwargs: P.kwargs) -> R:
            return keep(*args, **kwargs).answer

        return answer

    return decorate


@dataclass(frozen=True)
class _Kept(Generic[R]):
    """An answer, and how the files of its runs were before it was worked out."""

    files: Sequence[str]
    stamps: Sequence[tuple[Run, object]]
    answer: R

    def is_current(self) -> bool:
        """Whether the files are as they were."""
        return all(stamp_of(run, self.files) == stamp for run, stamp in self.stamps)


def _runs_in(value: Any) -> Iterator[Run]:
    if isinstance(value, Run):
        yield Run(value.path)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _runs_in(part)


def _renewed(value: Any) -> Any:
    """The same run or runs with nothing read from their files yet; anything else unchanged."""
    if isinstance(value, Run):
        return Run(value.path)
    return tuple(map(_renewed, value)) if isinstance(value, list | tuple) else value

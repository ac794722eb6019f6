"""What an ensemble says of clips: worked out once for all visitors, with progress and a way to stop."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fsat_core.prediction import ClipPrediction, Combination, predict_files
from fsat_core.prediction.clip_prediction import coarsen
from fsat_core.runs import Run
from fsat_core.runs.stamp import stamp_of
from ui.predict.clips import Clip
from ui.shared import state
from ui.shared.cached import NETWORK_FILES

_PATIENCE_S = 0.3  # for shorter work a progress bar would only flash
_MAX_WINDOWS = 500  # that a browser draws, and that are kept of an answer
_MOST_SHORT, _MOST_WHOLE = 20_000, 64  # answers that are kept
_STOPPED = "predict_stopped"  # the work that the visitor has stopped

_Key: TypeAlias = tuple[object, ...]


@dataclass(frozen=True)
class Ensemble:
    """The networks that answer together: runs, the folds of each, and how they are combined."""

    runs: tuple[Run, ...]
    folds: Mapping[str, Sequence[int]]
    combine: Combination

    def stamp(self) -> _Key:
        """What its answers depend on, besides the clip."""
        chosen = tuple((run_id, *folds) for run_id, folds in self.folds.items())
        return self.combine, chosen, tuple(stamp_of(run, NETWORK_FILES) for run in self.runs)


class _Kept:
    """The last answers: of most only what a table shows, of few all."""

    def __init__(self) -> None:
        self._short: OrderedDict[_Key, ClipPrediction] = OrderedDict()
        self._whole: OrderedDict[_Key, ClipPrediction] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: _Key, whole: bool = False) -> ClipPrediction | None:
        with self._lock, suppress(KeyError):
            for answers in (self._short, self._whole):
                if key in answers:
                    answers.move_to_end(key)
            return self._whole[key] if whole else self._short[key]
        return None

    def put(self, key: _Key, answer: ClipPrediction) -> None:
        nothing = np.empty((0, 0))
        short = replace(answer, per_member=nothing, over_time=nothing, window_starts_s=np.empty(0))
        with self._lock:
            for answers, value, most in (
                (self._short, short, _MOST_SHORT),
                (self._whole, answer, _MOST_WHOLE),
            ):
                answers[key] = value
                answers.move_to_end(key)
                while len(answers) > most:
                    answers.popitem(last=False)


def predict(clips: Sequence[Clip], ensemble: Ensemble) -> list[ClipPrediction | None]:
    """What the ensemble says of each clip, in short; None where the visitor has stopped before it.

    A file that cannot be read has an `error`. Long work shows its progress, and can be stopped; what is known
    by then is kept.

    Raises
    ------
    RunError
        If a network cannot be loaded.
    """
    stamp = ensemble.stamp()
    work = hash((stamp, tuple(clip.key for clip in clips)))
    answers = [_known(clip, stamp) for clip in clips]
    missing = [at for at, answer in enumerate(answers) if answer is None]
    if missing and not _is_stopped(work):
        bar = _Progress(len(clips), work)
        for done, at in enumerate(missing, start=len(clips) - len(missing)):
            bar.show(done)
            answers[at] = _ask(clips[at], ensemble, stamp, lambda done=done: bar.show(done))  # type: ignore[misc]
        bar.end()
    elif missing:
        _offer_to_go_on(len(clips) - len(missing), len(clips))
    return [answer and replace(answer, name=clip.name) for answer, clip in zip(answers, clips, strict=True)]


def predict_whole(clip: Clip, ensemble: Ensemble) -> ClipPrediction:
    """All that the ensemble says of one clip."""
    stamp = ensemble.stamp()
    answer = _kept().get((clip.key, stamp), whole=True) or _ask(clip, ensemble, stamp, lambda: None)
    return replace(answer, name=clip.name)


def _known(clip: Clip, stamp: _Key) -> ClipPrediction | None:
    kept = _kept()
    return kept.get((clip.key, stamp)) or kept.get((clip.key, stamp, clip.name))


def _ask(clip: Clip, ensemble: Ensemble, stamp: _Key, on_block: Callable[[], None]) -> ClipPrediction:
    new = [Run(run.path) for run in ensemble.runs]  # nothing is read from their files yet
    files = [(clip.name, clip.open())]
    (answer,) = predict_files(
        files,
        new,
        ensemble.folds,
        ensemble.combine,
        on_block=on_block,
        cache_dir=state.settings().cache_dir,
    )
    answer = coarsen(answer, _MAX_WINDOWS)
    # An error names the file, and another file may have the same content.
    _kept().put((clip.key, stamp, clip.name) if answer.error else (clip.key, stamp), answer)
    return answer


def _offer_to_go_on(done: int, total: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Stopped: {done:,} of {total:,} clips are answered.", width="content")
        st.button("Go on", icon=":material/play_arrow:", on_click=_stop, args=(None,), key="predict_go_on")


def _is_stopped(work: int) -> bool:
    return st.session_state.get(_STOPPED) == work


def _stop(work: int | None) -> None:
    st.session_state[_STOPPED] = work


class _Progress:
    """A bar and a button, drawn as soon as the work turns out to be long."""

    def __init__(self, total: int, work: int) -> None:
        self._total, self._work = total, work
        self._place = st.empty()
        self._bar: DeltaGenerator | None = None
        self._next = time.monotonic() + _PATIENCE_S

    def show(self, done: int) -> None:
        """Say how many clips are done. Here a visitor who does something else, or stops, ends the work."""
        if time.monotonic() < self._next:
            return
        if self._bar is None:
            with self._place.container(horizontal=True, vertical_alignment="bottom"):
                self._bar = st.progress(0.0)
                st.button(
                    "Stop", icon=":material/stop:", key="predict_stop", on_click=_stop, args=(self._work,)
                )
        self._bar.progress(done / self._total, text=f"{done:,} of {self._total:,} clips")
        self._next = time.monotonic() + _PATIENCE_S

    def end(self) -> None:
        """Take both away."""
        self._place.empty()


@st.cache_resource(show_spinner=False)
def _kept() -> _Kept:
    return _Kept()

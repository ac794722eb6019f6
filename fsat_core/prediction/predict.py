"""Tagging files: every window of a clip, every chosen fold of every chosen run, combined."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from fsat_core.audio import FeatureSpec, window_starts
from fsat_core.audio.blocks import MonoWave
from fsat_core.audio.levels import SILENCE
from fsat_core.audio.limits import within_memory
from fsat_core.embedding import survey_clip
from fsat_core.errors import AnswerError, AudioError, RunError
from fsat_core.prediction.archive import PackedClip
from fsat_core.prediction.choice import default_combination
from fsat_core.prediction.clip_prediction import ClipPrediction
from fsat_core.prediction.combine import Combination, combine_probabilities, weigh_probabilities
from fsat_core.prediction.members import load_members
from fsat_core.prediction.pretrained import open_embedder
from fsat_core.prediction.together import weights_of
from fsat_core.prediction.window_answers import BATCH, Ask, WindowAnswers, cut_features, heard_features
from fsat_core.runs.run import Run
from fsat_core.settings import Settings

SHORTEST_S = 0.05  # a shorter sound is a click, whatever made it


def predict_files(
    files: Sequence[tuple[str, Path | BinaryIO | PackedClip]],
    runs: Sequence[Run],
    folds: Mapping[str, Sequence[int]] | None = None,
    combine: Combination | None = None,
    progress: Callable[[int, int], None] | None = None,
    read: Callable[[Path | BinaryIO], MonoWave] = MonoWave,
    on_block: Callable[[], None] = lambda: None,
    cache_dir: Path | None = None,
) -> list[ClipPrediction]:
    """Tag files with an ensemble of saved folds.

    Parameters
    ----------
    files : sequence of (name, path, binary file or clip of an archive)
        A file that cannot be read, or that a network has no answer for, gives a prediction with its `error`.
        Names that occur twice are told apart by a number.
    runs : sequence of Run
        Networks may differ; classes are the union of theirs.
    folds : mapping of run_id to folds, optional
        Default: every fold of a finished run, those that are complete of another.
    combine : "geometric", "arithmetic" or "weighted", optional
        Mean over the members; over the windows of a clip it is always arithmetic. Weights are those of runs
        (see `weights_of`), which their folds share. Default: `default_combination`.
    progress : callable, optional
        Called as `progress(done, total)` after each file.
    read : callable
        Opens a file.
    on_block : callable
        Called often while a file is worked on; what it raises ends the work.
    cache_dir : Path, optional
        Where a pretrained network is, which some runs build on; by default that of the environment.

    Raises
    ------
    RunError
        If no run is given, a run has no usable fold, or there is nothing that weights can be learned from.
    ConfigError
        If a run builds on a pretrained network that is not there: see `leave_out_unheard`.
    """
    if not runs:
        raise RunError(
            "No run was chosen: expected at least one trained run. Choose one, or train one first."
        )
    how = combine or default_combination(runs)
    ensemble = _Ensemble(runs, folds or {}, how, cache_dir or Settings.from_environment().cache_dir)
    predictions = []
    names = distinct_names([name for name, _ in files])
    for done, (name, (_, source)) in enumerate(zip(names, files, strict=True), start=1):
        try:
            with within_memory(name), _opened(source) as opened:
                predictions.append(ensemble.predict(name, read(opened), on_block))
        except (AudioError, AnswerError) as error:
            predictions.append(ClipPrediction(name, ensemble.labels, ensemble.members, error=str(error)))
        if progress is not None:
            progress(done, len(files))
    return predictions


@contextmanager
def _opened(source: Path | BinaryIO | PackedClip) -> Iterator[Path | BinaryIO]:
    """What `read` takes; a clip of an archive lies on disk meanwhile."""
    if not isinstance(source, PackedClip):
        yield source
        return
    with closing(source.open()) as file:
        yield file


class _Kind(NamedTuple):
    """Networks that take one kind of input: how to ask them, and their rows among the members."""

    networks: list[Ask]
    rows: list[int]


class _Input(NamedTuple):
    """A clip as networks of one kind take it in: its windows' starts in samples, and their features."""

    starts: np.ndarray
    features: Iterator[np.ndarray]


class _Ensemble:
    def __init__(
        self,
        runs: Sequence[Run],
        folds: Mapping[str, Sequence[int]],
        combine: Combination,
        cache_dir: Path,
    ) -> None:
        self._cache_dir = cache_dir
        self._normalise = all(run.config.task == "single" for run in runs)
        self.labels = list(dict.fromkeys(name for run in runs for name in run.classes))
        self.members: list[str] = []
        self._first = runs[0].feature_spec  # whose windows the course over time is drawn by
        self._kinds: dict[FeatureSpec, _Kind] = {}
        nums = []  # of the folds of each run
        for run in runs:
            chosen = list(folds[run.run_id] if run.run_id in folds else _saved_folds(run))
            nums.append(len(chosen))
            kind = self._kinds.setdefault(run.feature_spec, _Kind([], []))
            kind.networks.append(self._network(run, chosen))
            kind.rows.extend(range(len(self.members), len(self.members) + len(chosen)))
            self.members += [f"{run.run_id} fold {fold}" for fold in chosen]
        self._combine = _combine_members(combine, runs, nums, self._normalise)
        if any(spec.kind == "embedding" for spec in self._kinds):
            open_embedder(cache_dir)  # says what is missing before a file is read

    def _network(self, run: Run, folds: list[int]) -> Ask:
        """The folds of a run, their classes at their places among all classes; NaN elsewhere."""
        members = load_members(run, folds)
        columns = [self.labels.index(name) for name in run.classes]

        def ask(features: np.ndarray) -> np.ndarray:
            answer = members.predict(features)
            if not np.isfinite(answer).all():
                raise AnswerError(
                    f"Run '{run.run_id}' answers with values that are not numbers: expected probabilities. "
                    "Its networks are damaged or did not converge: train it again, or leave it out."
                )
            wide = np.full((*answer.shape[:2], len(self.labels)), np.nan)
            wide[:, :, columns] = answer
            return wide

        return ask

    def predict(self, name: str, wave: MonoWave, on_block: Callable[[], None]) -> ClipPrediction:
        level = _Peak(on_block)
        inputs = {spec: self._input(spec, wave, level) for spec in self._kinds}
        starts = {spec: taken.starts for spec, taken in inputs.items()}
        answers = {
            spec: WindowAnswers(taken.features, len(taken.starts), self._kinds[spec].networks)
            for spec, taken in inputs.items()
        }
        over_time = self._over_time(answers, starts)
        per_member = self._in_order({spec: answers[spec].mean() for spec in answers})
        return ClipPrediction(
            name=name,
            labels=self.labels,
            members=self.members,
            probabilities=self._combine(per_member),
            per_member=per_member,
            window_starts_s=starts[self._first] / self._first.sample_rate,
            over_time=over_time,
            window_s=self._first.duration_s,
            duration_s=wave.duration_s,
            warning=wave.header.warning,
            unheard=_why_unheard(level.value, wave.duration_s),
        )

    def _input(self, spec: FeatureSpec, wave: MonoWave, level: "_Peak") -> _Input:
        blocks = wave.at(spec.sample_rate)
        if spec.kind == "embedding":
            embedder = open_embedder(self._cache_dir)
            survey = survey_clip(embedder, level.watch(blocks))
            features = heard_features(embedder, level.watch(blocks), survey)
            return _Input(survey.heard * embedder.hop_samples, features)
        starts = window_starts(level.watch(blocks), spec.num_samples)
        return _Input(starts, cut_features(level.watch(blocks), spec, starts))

    def _over_time(
        self, answers: Mapping[FeatureSpec, WindowAnswers], starts: Mapping[FeatureSpec, np.ndarray]
    ) -> np.ndarray:
        """Combined probabilities for each window of the first run [shape=(W, C)].

        Networks on other windows answer for each with the window whose middle is nearest.
        """
        middles_s = {spec: starts[spec] / spec.sample_rate + spec.duration_s / 2 for spec in starts}
        wanted = {spec: _nearest(middles_s[spec], middles_s[self._first]) for spec in starts}
        parts = []
        for start in range(0, len(starts[self._first]), BATCH):
            heard = {spec: answers[spec].at(wanted[spec][start : start + BATCH]) for spec in answers}
            members = self._in_order(heard).swapaxes(0, -2)
            parts.append(self._combine(members))
        return np.concatenate(parts)

    def _in_order(self, answers: Mapping[FeatureSpec, np.ndarray]) -> np.ndarray:
        """Answers [shape=(..., M, C)] of all kinds of networks together, as `members` has them."""
        leading = answers[self._first].shape[:-2]
        together = np.empty((*leading, len(self.members), len(self.labels)))
        for spec, answer in answers.items():
            together[..., self._kinds[spec].rows, :] = answer
        return together


def _combine_members(
    how: Combination, runs: Sequence[Run], num_folds: Sequence[int], normalise: bool
) -> Callable[[np.ndarray], np.ndarray]:
    """A function that combines members [shape=(M, ..., C)]: so many folds of one run, then of the next."""
    if how != "weighted":
        return lambda members: combine_probabilities(members, how, normalise)
    weights = np.repeat(weights_of(runs) / np.maximum(num_folds, 1), num_folds)
    return lambda members: weigh_probabilities(members, weights, normalise)


class _Peak:
    """The largest absolute sample of the blocks that it has watched."""

    def __init__(self, on_block: Callable[[], None]) -> None:
        self.value = 0.0
        self._on_block = on_block

    def watch(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for block in blocks:
            self.value = max(self.value, float(np.abs(block).max(initial=0.0)))
            self._on_block()
            yield block


def _why_unheard(peak: float, duration_s: float) -> str:
    if peak < SILENCE:
        return "silent"
    return "too short to judge" if duration_s < SHORTEST_S else ""


def _saved_folds(run: Run) -> list[int]:
    """Not `run.folds` of a finished run: a fold that has gone missing since is an error, not left out."""
    return list(range(run.config.n_folds)) if run.state == "finished" else run.folds


def _nearest(times: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Index of the nearest of `times` for each of `wanted`, the earlier of two; both are ascending."""
    if len(times) == 1:
        return np.zeros(len(wanted), dtype=np.int64)
    after = np.clip(np.searchsorted(times, wanted), 1, len(times) - 1)
    is_later = np.abs(times[after] - wanted) < np.abs(times[after - 1] - wanted)
    return np.where(is_later, after, after - 1)


def distinct_names(names: Sequence[str]) -> list[str]:
    """The names, told apart: the second `a.wav` becomes `a.wav (2)`, unless that is a name itself."""
    own, distinct = set(names), dict[str, None]()
    last: dict[str, int] = {}
    for name in names:
        candidate, number = name, last.get(name, 1)
        while candidate in distinct or (number > 1 and candidate in own):
            number += 1
            candidate = f"{name} ({number})"
        last[name] = number
        distinct[candidate] = None
    return list(distinct)

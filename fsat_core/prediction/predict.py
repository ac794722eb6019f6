"""Tagging files: every window of a clip, every chosen fold of every chosen run, combined."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from fsat_core.audio import FeatureSpec, extract, read_mono, resample, window_starts, windows
from fsat_core.errors import AudioError, RunError
from fsat_core.prediction.clip_prediction import ClipPrediction
from fsat_core.prediction.combine import Combination, combine_probabilities
from fsat_core.prediction.members import Members, load_members
from fsat_core.runs.run import Run


def predict_files(
    files: Sequence[tuple[str, Path | BinaryIO]],
    runs: Sequence[Run],
    folds: Mapping[str, Sequence[int]] | None = None,
    combine: Combination = "geometric",
    progress: Callable[[int, int], None] | None = None,
) -> list[ClipPrediction]:
    """Tag files with an ensemble of saved folds.

    Parameters
    ----------
    files : sequence of (name, path or binary file)
        A file that cannot be read gives a prediction with its `error`. Names that occur twice are told
        apart by a number.
    runs : sequence of Run
        Networks may differ; classes are the union of theirs.
    folds : mapping of run_id to folds, optional
        Default: every fold of a finished run, those that are complete of another.
    combine : "geometric" or "arithmetic"
        Mean over the members; over the windows of a clip it is always arithmetic.

    Raises
    ------
    RunError
        If no run is given, or a run has no usable fold.
    """
    if not runs:
        raise RunError(
            "No run was chosen: expected at least one trained run. Choose one, or train one first."
        )
    ensemble = _Ensemble(runs, folds or {}, combine)
    predictions = []
    names = distinct_names([name for name, _ in files])
    for done, (name, (_, source)) in enumerate(zip(names, files, strict=True), start=1):
        try:
            predictions.append(ensemble.predict(name, source))
        except AudioError as error:
            predictions.append(ClipPrediction(name, ensemble.labels, ensemble.members, error=str(error)))
        if progress is not None:
            progress(done, len(files))
    return predictions


class _Ensemble:
    def __init__(self, runs: Sequence[Run], folds: Mapping[str, Sequence[int]], combine: Combination) -> None:
        self._combine = combine
        self._normalise = all(run.config.task == "single" for run in runs)
        self.labels = list(dict.fromkeys(name for run in runs for name in run.classes))
        self.members: list[str] = []
        self._parts: list[tuple[Members, FeatureSpec, list[int]]] = []
        for run in runs:
            chosen = list(folds[run.run_id] if run.run_id in folds else _saved_folds(run))
            columns = [self.labels.index(name) for name in run.classes]
            self._parts.append((load_members(run, chosen), run.feature_spec, columns))
            self.members += [f"{run.run_id} fold {fold}" for fold in chosen]

    def predict(self, name: str, source: Path | BinaryIO) -> ClipPrediction:
        wave, rate = read_mono(source)
        features, starts = self._features(wave, rate)
        answers = [
            self._widen(members.predict(features[spec]), columns) for members, spec, columns in self._parts
        ]
        first = self._parts[0][1]
        grid = starts[first]
        over_time = [
            answer[_nearest(starts[spec] + spec.duration_s / 2, grid + first.duration_s / 2)]
            for answer, (_, spec, _) in zip(answers, self._parts, strict=True)
        ]
        per_member = np.concatenate([answer.mean(axis=0) for answer in answers])
        return ClipPrediction(
            name=name,
            labels=self.labels,
            members=self.members,
            probabilities=combine_probabilities(per_member, self._combine, self._normalise),
            per_member=per_member,
            window_starts_s=grid,
            over_time=combine_probabilities(
                np.concatenate(over_time, axis=1).swapaxes(0, 1), self._combine, self._normalise
            ),
            window_s=first.duration_s,
            duration_s=len(wave) / rate,
        )

    def _features(
        self, wave: np.ndarray, rate: int
    ) -> tuple[dict[FeatureSpec, np.ndarray], dict[FeatureSpec, np.ndarray]]:
        """Features and window starts (in seconds) for each kind of input; each is computed once."""
        resampled: dict[int, np.ndarray] = {}
        features, starts = {}, {}
        for _, spec, _ in self._parts:
            if spec not in features:
                if spec.sample_rate not in resampled:
                    resampled[spec.sample_rate] = resample(wave, rate, spec.sample_rate)
                at_rate = resampled[spec.sample_rate]
                offsets = window_starts(at_rate, spec.num_samples)
                features[spec] = extract(windows(at_rate, spec.num_samples, offsets), spec)
                starts[spec] = offsets / spec.sample_rate
        return features, starts

    def _widen(self, answer: np.ndarray, columns: list[int]) -> np.ndarray:
        """Columns of one run's classes put at their place among all classes; NaN elsewhere."""
        wide = np.full((*answer.shape[:2], len(self.labels)), np.nan)
        wide[:, :, columns] = answer
        return wide


def _saved_folds(run: Run) -> list[int]:
    """Not `run.folds` of a finished run: a fold that has gone missing since is an error, not left out."""
    return list(range(run.config.n_folds)) if run.state == "finished" else run.folds


def _nearest(times: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Index of the nearest of `times` for each of `wanted`."""
    return np.abs(times[None, :] - wanted[:, None]).argmin(axis=1)


def distinct_names(names: Sequence[str]) -> list[str]:
    """The names, told apart: the second `a.wav` becomes `a.wav (2)`, unless that is a name itself."""
    distinct: list[str] = []
    for name in names:
        candidate, number = name, 1
        while candidate in distinct or (number > 1 and candidate in names):
            number += 1
            candidate = f"{name} ({number})"
        distinct.append(candidate)
    return distinct

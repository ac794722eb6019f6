"""The saved folds of a run: what each predicted for which clips, checked before anybody builds on it."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from fsat_core.audio import Standardiser
from fsat_core.errors import RunError
from fsat_core.runs.records import FoldClips, UnreadableError, explain_os_error, read_json
from fsat_core.runs.run import Run

CLIPS_FILE = "clips.json"
MODEL_FILE = "best.keras"
STANDARDISER_FILE = "statistics.npz"
# What numpy and zipfile raise for a file that is not what its name says.
_NO_ARRAY = (OSError, ValueError, EOFError, LookupError, MemoryError, zipfile.BadZipFile)
_CLIPS = TypeAdapter(FoldClips)


@dataclass(frozen=True)
class SavedFold:
    """The predictions of one fold, with the clips of their rows.

    Parameters
    ----------
    oof_ids, test_ids : list of str
        Held-out clips and test clips; those that went before the fold was trained are not among them.
    oof, test : np.ndarray [shape=(clips, classes)]
        Probabilities, all finite.
    """

    oof_ids: list[str]
    oof: np.ndarray
    test_ids: list[str]
    test: np.ndarray


class SavedFolds:
    """Reads the folds of a run against the clips that were pinned for it."""

    def __init__(self, run: Run) -> None:
        """Read the pinned clips; a RunError where they cannot be read."""
        self._run = run
        labels = run.labels()
        self._held_out = {
            fold: labels.loc[labels["fold"] == fold, "clip_id"].tolist() for fold in range(run.config.n_folds)
        }
        self._test = run.test_clips()

    def read(self, fold: int) -> SavedFold:
        """The predictions of a fold.

        Raises
        ------
        RunError
            If a file of the fold is missing, cut, of other clips or classes, or holds values that are not
            finite.
        """
        run, clips = self._run, self._clips(fold)
        oof = _load_array(run, fold, "oof.npy", len(clips.oof))
        test = np.empty((0, len(run.classes)), np.float32)
        if clips.test:
            test = _load_array(run, fold, "test.npy", len(clips.test))
        return SavedFold(clips.oof, oof, clips.test, test)

    def shared_test_clips(self) -> set[str]:
        """The test clips that all folds predicted; a RunError where a fold does not say which it has."""
        return set.intersection(*(set(self._clips(fold).test) for fold in range(self._run.config.n_folds)))

    def complete(self) -> list[int]:
        """The folds that need no training: their predictions can be read, and their networks are whole."""
        return [fold for fold in range(self._run.config.n_folds) if not self.fault(fold)]

    def check(self, fold: int) -> None:
        """Raises RunError where a fold is not complete."""
        self.read(fold)
        check_network(self._run, fold)
        read_standardiser(self._run, fold)

    def fault(self, fold: int) -> str:
        """Why a fold is not complete, in a line; "" for one that is."""
        try:
            self.check(fold)
        except RunError as error:
            return str(error)
        return ""

    def _clips(self, fold: int) -> FoldClips:
        path = self._run.fold_dir(fold) / CLIPS_FILE
        if not path.exists():  # from before clips were saved beside each fold: it has all that were pinned
            return FoldClips(oof=self._held_out[fold], test=self._test)
        try:
            clips = read_json(path, _CLIPS)
        except UnreadableError as error:
            raise _damaged(self._run, fold, CLIPS_FILE, str(error)) from error
        for ids, pinned in ((clips.oof, self._held_out[fold]), (clips.test, self._test)):
            if len(set(ids)) < len(ids) or not set(ids) <= set(pinned):
                raise _damaged(self._run, fold, CLIPS_FILE, "it names clips that are not this fold's")
        return clips


def read_standardiser(run: Run, fold: int) -> Standardiser | None:
    """What standardises the features of a fold; None for networks on waves.

    Raises
    ------
    RunError
        If `statistics.npz` is missing or damaged.
    """
    if run.feature_spec.kind != "mfcc":
        return None
    path = run.fold_dir(fold) / STANDARDISER_FILE
    try:
        _check_regular(path)
        standardiser = Standardiser.load(path)
    except _NO_ARRAY as error:
        raise _damaged(run, fold, STANDARDISER_FILE, _reason(error)) from error
    shape = run.feature_spec.input_shape
    for values in (standardiser.mean, standardiser.std):
        if values.shape != shape or values.dtype.kind != "f" or not np.isfinite(values).all():
            raise _damaged(run, fold, STANDARDISER_FILE, f"it does not hold finite numbers of shape {shape}")
    if not (standardiser.std > 0).all():
        raise _damaged(run, fold, STANDARDISER_FILE, "a deviation is not above 0")
    return standardiser


def check_network(run: Run, fold: int) -> None:
    """Raises RunError where the network of a fold is missing or cut. Nothing of it is built."""
    path = run.fold_dir(fold) / MODEL_FILE
    try:
        _check_regular(path)
        with zipfile.ZipFile(path) as parts:
            broken = parts.testzip()
    except (*_NO_ARRAY, RuntimeError) as error:
        raise _damaged(run, fold, MODEL_FILE, _reason(error)) from error
    if broken is not None:
        raise _damaged(run, fold, MODEL_FILE, f"its part {broken[:40]} is damaged")


def load_test_predictions(run: Run, folds: list[int]) -> tuple[list[str], np.ndarray]:
    """The test clips that these folds all predicted, and their predictions [shape=(folds, clips, classes)].

    Raises
    ------
    RunError
        If a fold cannot be read.
    """
    saved = SavedFolds(run)
    return align_test([saved.read(fold) for fold in folds])


def align_test(folds: list[SavedFold]) -> tuple[list[str], np.ndarray]:
    """The test clips that all folds have, in the order of the first, and the predictions of each fold."""
    shared = set.intersection(*(set(fold.test_ids) for fold in folds))
    clip_ids = [clip_id for clip_id in folds[0].test_ids if clip_id in shared]
    members = []
    for fold in folds:
        row = {clip_id: index for index, clip_id in enumerate(fold.test_ids)}
        members.append(fold.test[[row[clip_id] for clip_id in clip_ids]])
    return clip_ids, np.stack(members)


def _load_array(run: Run, fold: int, name: str, num_clips: int) -> np.ndarray:
    path, shape = run.fold_dir(fold) / name, (num_clips, len(run.classes))
    try:
        _check_regular(path)
        # Mapped first, so that a header that promises gigabytes is found out before they are allocated.
        mapped = np.load(path, mmap_mode="r" if num_clips else None, allow_pickle=False)
    except _NO_ARRAY as error:
        raise _damaged(run, fold, name, _reason(error)) from error
    if not isinstance(mapped, np.ndarray) or mapped.dtype.kind != "f" or mapped.shape != shape:
        raise _damaged(run, fold, name, f"it does not hold numbers of shape {shape}")
    array = np.array(mapped)
    if not np.isfinite(array).all():
        raise _damaged(run, fold, name, "it holds values that are not finite")
    return array


def _check_regular(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise IsADirectoryError


def _reason(error: BaseException) -> str:
    return explain_os_error(error) if isinstance(error, OSError) else "it is cut or of another type"


def _damaged(run: Run, fold: int, name: str, reason: str) -> RunError:
    return RunError(
        f"Run '{run.run_id}': {run.fold_dir(fold).name}/{name} cannot be read ({reason}); expected what that "
        "fold saved. Resume the run, which trains this fold anew."
    )

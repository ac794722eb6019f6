"""Child process that predicts with the .keras files of a run: arrays in on stdin, out on stdout."""

import os
import sys
from pathlib import Path

import keras
import numpy as np

from fsat_core.audio import Standardiser
from fsat_core.audio.features import pad_batch, standardise
from fsat_core.prediction.keras_process import BATCH, read_array, write_array
from fsat_core.prediction.saved_network import load_network
from fsat_core.runs.run import Run
from fsat_core.runs.saved_folds import read_standardiser


def main(run_dir: Path, folds: list[int]) -> None:
    """Answer each array of features (windows, *input_shape) with probabilities (windows, folds, classes)."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(
        sys.stderr.fileno(), sys.stdout.fileno()
    )  # whatever a library prints must not mix with the arrays
    members = [_load(Run(run_dir), fold) for fold in folds]
    while (features := read_array(sys.stdin.buffer)) is not None:
        parts = [
            _answer(members, features[start : start + BATCH]) for start in range(0, len(features), BATCH)
        ]
        write_array(output, np.concatenate(parts))


def _load(run: Run, fold: int) -> tuple[keras.Model, Standardiser | None]:
    return load_network(run, fold), read_standardiser(run, fold)


def _answer(members: list[tuple[keras.Model, Standardiser | None]], features: np.ndarray) -> np.ndarray:
    padded = pad_batch(features, BATCH)
    answers = [model.predict_on_batch(standardise(padded, standardiser)) for model, standardiser in members]
    return np.stack(answers, axis=1)[: len(features)]


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(fold) for fold in sys.argv[2:]])

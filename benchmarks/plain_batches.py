"""The plain way to feed `fit`: clips that are prepared one by one, anew for each batch."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np

from benchmarks.plain import prepare_wave

Prepare = Callable[[Path, np.random.Generator | None], np.ndarray]


class PlainGenerator(keras.utils.PyDataset):
    """Batches for `fit` whose clips are loaded and prepared one by one when the batch is asked for.

    Parameters
    ----------
    paths : sequence of Path
    targets : np.ndarray [shape=(len(paths), num_classes)], float32
    prepare : callable
        `prepare_wave` or `prepare_mfcc`.
    batch_size : int
    seed : int
        Of the order, new in each epoch, and of the crops.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        targets: np.ndarray,
        prepare: Prepare = prepare_wave,
        batch_size: int = 64,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self._paths, self._targets, self._prepare = paths, targets, prepare
        self._batch_size, self._rng = batch_size, np.random.default_rng(seed)
        self.on_epoch_end()

    @property
    def num_batches(self) -> int:
        """Batches in an epoch; the last one may be smaller."""
        return math.ceil(len(self._paths) / self._batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Features [shape=(batch, *input_shape)] and targets of one batch."""
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        features = np.stack([self._prepare(self._paths[row], self._rng) for row in chosen])
        return features, self._targets[chosen]

    def on_epoch_end(self) -> None:
        """Draw another order."""
        self._order = self._rng.permutation(len(self._paths))

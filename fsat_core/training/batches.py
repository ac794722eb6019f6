"""Batches for Keras, read from the memory-mapped feature cache."""

from collections.abc import Callable

import keras
import numpy as np

from fsat_core.audio import FeatureCache, Statistics, extract
from fsat_core.errors import Stopped
from fsat_core.training.augment import mask_waves, mixup, spectrogram_masks
from fsat_core.training.config import TrainConfig


class ClipBatches(keras.utils.PyDataset):
    """Crops of one fold's clips, in batches of features (batch, *input_shape) and targets (batch, classes).

    Order and crops follow from the seed, the epoch and the batch number alone. With `shuffle` each epoch has
    a new order, new crops where the network crops anew, and new augmentations; without, every epoch is the
    same and nothing is augmented.
    """

    def __init__(
        self,
        cache: FeatureCache,
        clip_ids: list[str],
        targets: np.ndarray,
        statistics: Statistics | None,
        config: TrainConfig,
        seed: int,
        shuffle: bool = True,
    ) -> None:
        super().__init__()
        self._cache, self._clip_ids, self._targets = cache, clip_ids, targets
        self._statistics, self._config, self._seed = statistics, config, seed
        self._batch_size, self._shuffle = config.batch_size, shuffle
        self._epoch = -1
        self.on_epoch_end()

    @property
    def num_batches(self) -> int:
        """Batches in an epoch; the last one may be smaller."""
        return -(-len(self._clip_ids) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Batch number `index` of this epoch."""
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        rng = np.random.default_rng((self._seed, self._epoch, index))
        features, targets = self._crops([self._clip_ids[row] for row in chosen], self._targets[chosen], rng)
        return standardise(features, self._statistics), targets

    def _crops(
        self, clip_ids: list[str], targets: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Features and targets, augmented in training as the configuration says."""
        spec, config = self._cache.spec, self._config
        if not self._shuffle or not spec.stores_waves:
            return self._cache.crops(clip_ids, rng), targets
        waves, edit = self._cache.wave_crops(clip_ids, rng), None
        if config.mixup:
            waves, targets = mixup(waves, targets, config.mixup, rng)
        if spec.kind == "wave":
            mask_waves(waves, config.masks, rng)
        elif config.masks:
            edit = spectrogram_masks(config.masks, rng)
        return extract(waves, spec, edit), targets

    def on_epoch_end(self) -> None:
        """Move on to the next epoch."""
        if self._shuffle:
            self._epoch += 1
            self._order = np.random.default_rng((self._seed, self._epoch)).permutation(len(self._clip_ids))
        else:
            self._epoch, self._order = 0, np.arange(len(self._clip_ids))


def standardise(features: np.ndarray, statistics: Statistics | None) -> np.ndarray:
    """Apply a fold's statistics where the network uses them."""
    return features if statistics is None else statistics.apply(features)


def predict_windows(
    model: keras.Model,
    cache: FeatureCache,
    clip_ids: list[str],
    statistics: Statistics | None,
    batch_size: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> np.ndarray:
    """Probabilities of whole clips: the mean over all windows of each.

    Returns
    -------
    np.ndarray [shape=(len(clip_ids), num_classes)], float32

    Raises
    ------
    Stopped
        If `should_stop` says so; it is looked at before each batch.
    """
    rows = np.zeros((len(clip_ids), model.output_shape[-1]), dtype=np.float32)
    pending: list[np.ndarray] = []
    owners: list[int] = []
    counts = np.zeros(len(clip_ids), dtype=np.float32)

    def flush() -> None:
        if should_stop():
            raise Stopped
        features = standardise(np.concatenate(pending), statistics)
        np.add.at(rows, owners, model.predict_on_batch(pad_batch(features, batch_size))[: len(features)])
        pending.clear()
        owners.clear()

    for row, clip_id in enumerate(clip_ids):
        features = cache.windows(clip_id)
        counts[row] = len(features)
        for start in range(0, len(features), batch_size):
            part = features[start : start + batch_size]
            if len(owners) + len(part) > batch_size:
                flush()
            pending.append(part)
            owners.extend([row] * len(part))
    if pending:
        flush()
    return rows / np.maximum(counts, 1)[:, None]


def pad_batch(features: np.ndarray, batch_size: int) -> np.ndarray:
    """Fill a batch up to one fixed size, so that the network is compiled for one shape only."""
    missing = batch_size - len(features)
    return np.pad(features, [(0, missing), *[(0, 0)] * (features.ndim - 1)]) if missing > 0 else features

"""Batches for Keras, read from the memory-mapped feature cache."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from fsat_core.audio import FeatureCache, Standardiser, extract
from fsat_core.audio.cache.stored import Crop
from fsat_core.audio.features import pad_batch, standardise
from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset.clip_ids import split_of
from fsat_core.errors import Stopped
from fsat_core.training.augment import mask_waves, mixup, spectrogram_masks
from fsat_core.training.feature_caches import Features

Teach = Callable[[Sequence[Crop], np.ndarray], np.ndarray]

UNKNOWN = np.nan  # the target of a class of which nothing is said; mixed with any other it stays so


@dataclass(frozen=True)
class Examples:
    """N clips to train on or to validate with.

    Parameters
    ----------
    clip_ids : list of str
    targets : np.ndarray [shape=(N, C)], float32
        1, 0 or `UNKNOWN`.
    weights : np.ndarray [shape=(N,)], float32
        Sample weights; above 0.
    """

    clip_ids: list[str]
    targets: np.ndarray
    weights: np.ndarray

    @property
    def is_curated(self) -> np.ndarray:
        """Which clips are of the curated split [shape=(N,)], bool."""
        return np.array([split_of(clip_id) == "curated" for clip_id in self.clip_ids], dtype=bool)

    def select(self, chosen: np.ndarray) -> "Examples":
        """Only these clips: row numbers, or a bool for each clip."""
        rows = np.arange(len(self.clip_ids))[chosen]
        return Examples([self.clip_ids[row] for row in rows], self.targets[rows], self.weights[rows])

    def joined(self, others: "Examples") -> "Examples":
        """These clips, and then the others."""
        return Examples(
            [*self.clip_ids, *others.clip_ids],
            np.concatenate([self.targets, others.targets]),
            np.concatenate([self.weights, others.weights]),
        )


class ClipBatches(keras.utils.PyDataset):
    """Crops of one fold's clips, in batches of features (batch, *input_shape) and targets (batch, classes).

    Where clips have different weights, those [shape=(batch,)] come third. Order and crops follow from the
    seed, the epoch and the batch number alone. With `shuffle` each epoch has a new order, new crops where
    the network crops anew, and new augmentations; without, every epoch is the same and nothing is augmented.
    The configuration's last `curated_epochs` are as long as the others but hold curated clips alone.
    A teacher's `teach` may change the targets of crops, and add columns to them.
    """

    def __init__(
        self,
        cache: Features,
        examples: Examples,
        standardiser: Standardiser | None,
        config: TrainConfig,
        seed: int,
        shuffle: bool = True,
        teach: Teach | None = None,
    ) -> None:
        super().__init__()
        self._cache, self._examples, self._standardiser = cache, examples, standardiser
        self._teach = teach
        self._config, self._seed, self._shuffle = config, seed, shuffle
        self._weighted = bool((examples.weights != 1).any())
        self.start_epoch(0)

    @property
    def num_batches(self) -> int:
        """Batches in an epoch; the last one may be smaller."""
        return -(-len(self._examples.clip_ids) // self._config.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        """Batch number `index` of this epoch."""
        size = self._config.batch_size
        chosen = self._examples.select(self._order[index * size : (index + 1) * size])
        rng = np.random.default_rng((self._seed, self._epoch, index))
        features, targets, weights = self._crops(chosen, rng)
        features = standardise(features, self._standardiser)
        return (features, targets, weights) if self._weighted else (features, targets)

    def _crops(self, chosen: Examples, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Features, targets and weights, augmented in training as the configuration says."""
        cache, spec, config = self._cache, self._cache.spec, self._config
        clip_ids, targets, weights = chosen.clip_ids, chosen.targets, chosen.weights
        if not self._shuffle or not spec.stores_waves or not isinstance(cache, FeatureCache):
            return cache.crops(clip_ids, rng), targets, weights
        crops = cache.draw_crops(clip_ids, rng, config.speed, config.skip_silence)
        waves, edit = cache.cut(crops), None
        if self._teach is not None:
            targets = self._teach(crops, targets)
        if config.mixup:
            # The weights are mixed in the same proportion, as one more column of the targets.
            waves, mixed = mixup(waves, np.column_stack([targets, weights]), config.mixup, rng)
            targets, weights = mixed[:, :-1], mixed[:, -1]
        if spec.kind == "wave":
            mask_waves(waves, config.masks, rng)
        elif config.masks:
            edit = spectrogram_masks(config.masks, rng)
        return extract(waves, spec, edit), targets, weights

    def close(self) -> None:
        """Release the cache: TensorFlow keeps every data set that was fitted on until the process ends."""
        del self._cache, self._examples

    def start_epoch(self, epoch: int) -> None:
        """Take the order, crops and augmentations of this epoch.

        The hooks of a Keras data set cannot say the epoch: Keras also calls them to look at shapes.
        """
        self._epoch = epoch if self._shuffle else 0
        self._order = self._draw_order()

    def _draw_order(self) -> np.ndarray:
        num_clips, config = len(self._examples.clip_ids), self._config
        if not self._shuffle:
            return np.arange(num_clips)
        rng = np.random.default_rng((self._seed, self._epoch))
        if not config.curated_epochs or self._epoch < config.max_epochs - config.curated_epochs:
            return rng.permutation(num_clips)
        curated = np.flatnonzero(self._examples.is_curated)
        passes = [rng.permutation(curated) for _ in range(-(-num_clips // len(curated)))]
        return np.concatenate(passes)[:num_clips]


def predict_windows(
    model: keras.Model,
    cache: Features,
    clip_ids: list[str],
    standardiser: Standardiser | None,
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
        features = standardise(np.concatenate(pending), standardiser)
        np.add.at(rows, owners, model.predict_on_batch(pad_batch(features, batch_size))[: len(features)])
        pending.clear()
        owners.clear()

    for row, clip_id in enumerate(clip_ids):
        for part in cache.window_batches(clip_id, batch_size):
            counts[row] += len(part)
            if len(owners) + len(part) > batch_size:
                flush()
            pending.append(part)
            owners.extend([row] * len(part))
    if pending:
        flush()
    return rows / np.maximum(counts, 1)[:, None]

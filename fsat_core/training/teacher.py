"""A teacher: what a pretrained network heard where a crop was taken, and what a head makes of it.

The head is `yamnet_head`, fitted on the training clips of the fold alone, so that nothing of a held-out clip
comes into the fold. What was heard lies in the embedding store: nothing is heard anew.

References
----------
Hinton, Vinyals & Dean (2015), "Distilling the knowledge in a neural network", arXiv:1503.02531.
Romero et al. (2015), "FitNets: Hints for thin deep nets", ICLR: the embedding as a second thing to learn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import keras
import numpy as np

from fsat_core.audio.cache.stored import Crop
from fsat_core.config.train_config import TrainConfig
from fsat_core.embedding import YAMNET, EmbeddingStore, HeardClips
from fsat_core.models import YAMNET_HEAD
from fsat_core.models.build import HEAD
from fsat_core.training.batches import ClipBatches, Examples, Teach
from fsat_core.training.callbacks import StopWhenOver
from fsat_core.training.network import build_model

_RECIPE = "strong"  # of the head
_LEAST_STD = 0.01  # an embedding's number that hardly changes says nothing


class Lessons(NamedTuple):
    """What a teacher says of crops; NaN for one where nothing has been heard.

    `probabilities` are [shape=(b, C)], `embeddings` [shape=(b, dimension)] in standard deviations from the
    mean of the training clips; both float32.
    """

    probabilities: np.ndarray
    embeddings: np.ndarray


@dataclass(frozen=True)
class Teacher:
    """A fitted head and the store that it reads.

    Parameters
    ----------
    kernel : np.ndarray [shape=(dimension, C)]
    bias : np.ndarray [shape=(C,)]
    mean, std : np.ndarray [shape=(dimension,)]
        Of the embeddings of the training clips.
    is_single : bool
        Whether a crop has one class.
    """

    store: EmbeddingStore
    kernel: np.ndarray
    bias: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    is_single: bool

    def teach(self, crops: Sequence[Crop], sample_rate: int) -> Lessons:
        """What it says of these crops, whose samples are at `sample_rate` in Hz."""
        heard = np.stack([self._heard(crop, YAMNET.sample_rate / sample_rate) for crop in crops])
        values = heard @ self.kernel + self.bias
        probabilities = _softmax(values) if self.is_single else 1 / (1 + np.exp(-values))
        return Lessons(probabilities, (heard - self.mean) / self.std)

    def teaching(self, config: TrainConfig) -> Teach:
        """What changes the targets of crops [shape=(b, C)] as a configuration says.

        They are partly what the teacher says; where the network learns its embeddings, too, these follow.
        """

        def teach(crops: Sequence[Crop], targets: np.ndarray) -> np.ndarray:
            lessons = self.teach(crops, config.sample_rate)
            share = config.soft_labels * ~np.isnan(lessons.probabilities)
            mixed = (1 - share) * targets + share * np.nan_to_num(lessons.probabilities)
            return np.column_stack([mixed, lessons.embeddings]) if config.embedding_loss else mixed

        return teach

    def _heard(self, crop: Crop, scale: float) -> np.ndarray:
        """The mean of the windows under a crop, each by how much of it is there."""
        if self.store.row(crop.clip_id) is None:
            return np.full(YAMNET.dimension, np.nan, np.float32)
        begin = max(crop.start, 0) * scale
        end = (crop.start + crop.num_samples) * scale
        hop, length = YAMNET.hop_samples, YAMNET.window_samples
        windows = self.store.windows(crop.clip_id)
        first = min(max(int((begin - length) // hop) + 1, 0), len(windows) - 1)
        windows = windows[first : int(end // hop) + 1].astype(np.float32)
        starts = (first + np.arange(len(windows))) * hop
        overlaps = np.minimum(starts + length, end) - np.maximum(starts, begin)
        # A window without any sound has no embedding.
        shares = np.where(windows.any(axis=1), np.maximum(overlaps, 0), 0)
        if not shares.any():
            return np.full(YAMNET.dimension, np.nan, np.float32)
        return (shares / shares.sum()).astype(np.float32) @ windows


def fit_teacher(
    store: EmbeddingStore, train: Examples, config: TrainConfig, seed: int, should_stop: Callable[[], bool]
) -> Teacher:
    """A head fitted on the training clips of a fold; those that have not been heard are left out.

    Where `should_stop` says so while it is fitted, what it has learned by then.
    """
    heard = HeardClips(_head_config(config).feature_spec, store, train.clip_ids, {})
    known = train.select(np.array([clip_id not in heard.errors for clip_id in train.clip_ids]))
    batches = ClipBatches(heard, known, None, _head_config(config), seed)
    model = build_model(_head_config(config), known.targets.shape[1], batches.num_batches, seed)
    model.fit(
        batches,
        epochs=_head_config(config).max_epochs,
        shuffle=False,
        verbose=0,
        callbacks=[
            keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: batches.start_epoch(epoch)),
            StopWhenOver(should_stop),
        ],
    )
    batches.close()
    is_known = np.isin(store.clip_ids, known.clip_ids)
    means = store.means[is_known].astype(np.float32)
    kernel, bias = model.get_layer(HEAD).get_weights()
    return Teacher(
        store,
        kernel,
        bias,
        means.mean(axis=0),
        np.maximum(means.std(axis=0), _LEAST_STD),
        config.task == "single",
    )


def _head_config(config: TrainConfig) -> TrainConfig:
    return TrainConfig.from_recipe(YAMNET_HEAD.name, _RECIPE, task=config.task)


def _softmax(values: np.ndarray) -> np.ndarray:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)

"""The mean of a network's weights over the last epochs, in place of those of one epoch.

References
----------
Izmailov et al. (2018), "Averaging weights leads to wider optima and better generalization", UAI.
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers

from fsat_core.config.train_config import TrainConfig
from fsat_core.training.batches import ClipBatches

_SHARE = 0.25  # of all epochs, the last ones
_MOST_BATCHES = 100  # that batch normalisation's statistics come from


def first_averaged(config: TrainConfig) -> int:
    """The epoch, from 0, with which the mean begins."""
    return config.max_epochs - max(round(_SHARE * config.max_epochs), 1)


class AverageCheckpoint(keras.callbacks.Callback):
    """Saves a network at the end of its training, with the mean of its weights over the last epochs.

    Parameters
    ----------
    network : keras.Model
        What is saved: the one that trains, or a part of it.
    path : Path
    first_epoch : int
        From 0, the first one of the mean.
    batches : ClipBatches
        What it trains on.
    """

    def __init__(self, network: keras.Model, path: Path, first_epoch: int, batches: ClipBatches) -> None:
        super().__init__()
        self._network, self._path = network, path
        self._first_epoch, self._batches = first_epoch, batches
        self._means: list[np.ndarray] = []
        self._num_epochs = 0

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Take the epoch's weights into the mean."""
        if epoch < self._first_epoch:
            return
        weights = [np.asarray(keras.ops.convert_to_numpy(each)) for each in self.model.trainable_variables]
        self._num_epochs += 1
        self._means = self._means or [np.zeros_like(each) for each in weights]
        for mean, each in zip(self._means, weights, strict=True):
            mean += (each - mean) / self._num_epochs

    def on_train_end(self, logs: dict | None = None) -> None:
        """Save, unless the training was stopped before the mean began."""
        if not self._means:
            return
        for variable, mean in zip(self.model.trainable_variables, self._means, strict=True):
            variable.assign(mean)
        renew_statistics(self.model, self._batches)
        self._network.save(self._path)


def renew_statistics(model: keras.Model, batches: ClipBatches) -> None:
    """Compute what batch normalisation knows of its inputs anew, over up to an epoch of training batches.

    Weights that are a mean of others have been trained with none.
    """
    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    momenta = [layer.momentum for layer in norms]
    for number in range(min(batches.num_batches, _MOST_BATCHES) if norms else 0):
        for layer in norms:
            layer.momentum = number / (number + 1)  # so that all batches count alike
        model(batches[number][0], training=True)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum

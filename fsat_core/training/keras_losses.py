"""Losses: one that leaves out what is not known, and one that is taught by another network."""

import keras
from keras import ops


class KnownCrossentropy(keras.losses.BinaryCrossentropy):
    """Binary cross-entropy over the classes whose target is known; one that is NaN counts as no loss.

    The mean is over all classes, so that one class of a clip counts the same however many others are known.
    """

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """The loss of each clip [shape=(batch,)]; `y_true` and `y_pred` are (batch, classes)."""
        y_true = ops.cast(y_true, y_pred.dtype)
        known = ops.logical_not(ops.isnan(y_true))
        smooth = (1 - self.label_smoothing) * ops.where(known, y_true, 0) + self.label_smoothing / 2
        losses = ops.binary_crossentropy(smooth, y_pred, from_logits=self.from_logits)
        return ops.mean(ops.where(known, losses, 0), axis=-1)


class TaughtLoss(keras.losses.Loss):
    """The loss of the classes, and that of a teacher's embeddings where the targets hold them.

    Outputs are (batch, classes + dimension). Targets are as wide in training; those to validate with are
    (batch, classes), and their loss is that of the classes alone. An embedding that is NaN counts as no loss.

    Parameters
    ----------
    of_classes : keras.losses.Loss
    num_classes : int
    weight : float
        Of the mean squared error of an embedding.
    """

    def __init__(self, of_classes: keras.losses.Loss, num_classes: int, weight: float) -> None:
        super().__init__(name="taught")
        self._of_classes, self._num_classes, self._weight = of_classes, num_classes, weight

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """The loss of each clip [shape=(batch,)]."""
        y_true = ops.cast(y_true, y_pred.dtype)
        classes = slice(self._num_classes)
        loss = self._of_classes.call(y_true[:, classes], y_pred[:, classes])
        if y_true.shape[-1] == self._num_classes:
            return loss
        wanted, given = y_true[:, self._num_classes :], y_pred[:, self._num_classes :]
        known = ops.logical_not(ops.isnan(wanted))
        squares = ops.square(ops.where(known, wanted, given) - given)
        return loss + self._weight * ops.mean(squares, axis=-1)

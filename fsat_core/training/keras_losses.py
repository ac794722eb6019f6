"""A loss that leaves out what is not known."""

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

"""Scores as Keras metrics, so that they are known during training without keeping any predictions."""

import keras
from keras import ops


class Lwlrap(keras.metrics.Metric):
    """Label-weighted label-ranking average precision, accumulated batch by batch.

    It is a sum over labels divided by their number, so adding up batches gives exactly
    `fsat_core.metrics.lwlrap` of all clips together. What follows the classes in an output is left out.
    """

    def __init__(self, num_classes: int, name: str = "lwlrap") -> None:
        super().__init__(name=name)
        self._classes = slice(num_classes)
        self.precision_sum = self.add_weight(name="precision_sum", initializer="zeros")
        self.num_labels = self.add_weight(name="num_labels", initializer="zeros")

    def update_state(
        self,
        y_true: keras.KerasTensor,
        y_pred: keras.KerasTensor,
        sample_weight: keras.KerasTensor | None = None,
    ) -> None:
        """Add a batch: `y_true` 0/1 and `y_pred` scores, both (batch, classes)."""
        y_true, y_pred = y_true[:, self._classes], y_pred[:, self._classes]
        # A clip that was mixed with another counts as the one that has the larger share.
        truth = ops.cast(y_true > 0.5, y_pred.dtype)
        # at_least[b, c, d]: class d of clip b scores at least as high as class c.
        at_least = ops.cast(y_pred[:, None, :] >= y_pred[:, :, None], y_pred.dtype)
        hits = ops.sum(at_least * truth[:, None, :], axis=-1)
        precision = hits / ops.sum(at_least, axis=-1)
        if sample_weight is not None:
            truth = truth * ops.reshape(ops.cast(sample_weight, truth.dtype), (-1, 1))
        self.precision_sum.assign_add(ops.sum(precision * truth))
        self.num_labels.assign_add(ops.sum(truth))

    def result(self) -> keras.KerasTensor:
        """lwlrap so far, between 0 and 1."""
        return ops.divide_no_nan(self.precision_sum, self.num_labels)


class TopIsLabel(keras.metrics.MeanMetricWrapper):
    """Share of clips whose highest-scoring class is one of their labels; of those that have any.

    What follows the classes in an output is left out.
    """

    def __init__(self, num_classes: int, name: str = "accuracy") -> None:
        super().__init__(_top_is_label, name=name)
        self._classes = slice(num_classes)

    def update_state(
        self,
        y_true: keras.KerasTensor,
        y_pred: keras.KerasTensor,
        sample_weight: keras.KerasTensor | None = None,
    ) -> None:
        """Add a batch: `y_true` 0, 1 or unknown and `y_pred` scores, both (batch, classes)."""
        y_true, y_pred = y_true[:, self._classes], y_pred[:, self._classes]
        weight = ops.cast(ops.any(y_true > 0.5, axis=-1), y_pred.dtype)
        if sample_weight is not None:
            weight = weight * ops.reshape(ops.cast(sample_weight, weight.dtype), (-1,))
        super().update_state(y_true, y_pred, sample_weight=weight)


def _top_is_label(truth: keras.KerasTensor, scores: keras.KerasTensor) -> keras.KerasTensor:
    # A clip that was mixed with another counts as the one that has the larger share.
    truth = truth > 0.5
    top = keras.ops.one_hot(keras.ops.argmax(scores, axis=-1), scores.shape[-1], dtype=scores.dtype)
    return keras.ops.sum(top * keras.ops.cast(truth, scores.dtype), axis=-1)

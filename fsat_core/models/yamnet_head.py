"""`yamnet_head`: a small network on what YAMNet, which was trained on AudioSet, makes of each window."""

from typing import TYPE_CHECKING

from fsat_core.models.network_spec import NetworkSpec

if TYPE_CHECKING:
    import keras

_SAMPLE_RATE, _WINDOW = 16_000, 15_600  # YAMNet's; its own weights stay as they are


def yamnet_head_body(inputs: "keras.KerasTensor") -> "keras.KerasTensor":
    """The embedding of a window, parts of it left out in training: (batch, 1024) to (batch, 1024)."""
    from keras import layers

    return layers.Dropout(0.5)(inputs)


YAMNET_HEAD = NetworkSpec(
    name="yamnet_head",
    description="one layer on YAMNet, a network pretrained on AudioSet; trained in seconds",
    input_kind="embedding",
    sample_rate=_SAMPLE_RATE,
    duration_s=_WINDOW / _SAMPLE_RATE,
    body=yamnet_head_body,
    min_samples=_WINDOW,
    pretrained_on="AudioSet",
)

"""`wave_cnn`: a 1-D convolutional network on raw audio."""

from typing import TYPE_CHECKING

from fsat_core.models.network_spec import NetworkSpec

if TYPE_CHECKING:
    import keras


def wave_cnn_body(inputs: "keras.KerasTensor") -> "keras.KerasTensor":
    """Features of raw audio: (batch, samples, 1) to (batch, 1028)."""
    from keras import layers

    x = inputs
    for filters, kernel_size, pool_size in ((16, 9, 16), (32, 3, 4), (32, 3, 4)):
        for _ in range(2):
            x = layers.Conv1D(filters, kernel_size, activation="relu", padding="valid")(x)
        x = layers.MaxPooling1D(pool_size)(x)
        x = layers.Dropout(0.1)(x)
    for _ in range(2):
        x = layers.Conv1D(256, 3, activation="relu", padding="valid")(x)
    x = layers.GlobalMaxPooling1D()(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Dense(64, activation="relu")(x)
    return layers.Dense(1028, activation="relu")(x)


WAVE_CNN = NetworkSpec(
    name="wave_cnn",
    description="1-D network on 2 s of raw audio at 16 kHz",
    input_kind="wave",
    sample_rate=16_000,
    body=wave_cnn_body,
    # The shortest input that leaves the last two convolutions one value, after pooling by 16, 4 and 4.
    min_samples=1_616,
)

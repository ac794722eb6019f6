"""`mfcc_cnn`: a 2-D convolutional network on MFCCs."""

from typing import TYPE_CHECKING

from fsat_core.models.network_spec import NetworkSpec

if TYPE_CHECKING:
    import keras


def mfcc_cnn_body(inputs: "keras.KerasTensor") -> "keras.KerasTensor":
    """Features of an MFCC image: (batch, n_mfcc, frames, 1) to (batch, 64)."""
    from keras import layers

    x = inputs
    for _ in range(4):
        x = layers.Conv2D(32, (4, 10), padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dense(64)(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(x)


MFCC_CNN = NetworkSpec(
    name="mfcc_cnn",
    description="2-D network on 40 MFCCs of 2 s at 44.1 kHz",
    input_kind="mfcc",
    sample_rate=44_100,
    body=mfcc_cnn_body,
    # Pooling halves the image four times: 16 coefficients, and 16 frames, which begin 512 samples apart.
    min_samples=15 * 512,
    min_n_mfcc=16,
)

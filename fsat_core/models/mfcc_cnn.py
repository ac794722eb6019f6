"""`mfcc_cnn`: a 2-D convolutional network on MFCCs, and its dummy."""

import keras
from keras import layers


def mfcc_cnn_body(inputs: keras.KerasTensor) -> keras.KerasTensor:
    """Features of an MFCC image: (batch, n_mfcc, frames, 1) to (batch, 64)."""
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


def mfcc_dummy_body(inputs: keras.KerasTensor) -> keras.KerasTensor:
    """The largest coefficient of each clip: (batch, n_mfcc, frames, 1) to (batch, 1)."""
    return layers.GlobalMaxPooling2D()(inputs)

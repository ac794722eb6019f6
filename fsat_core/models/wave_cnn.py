"""`wave_cnn`: a 1-D convolutional network on raw audio, and its dummy."""

import keras
from keras import layers


def wave_cnn_body(inputs: keras.KerasTensor) -> keras.KerasTensor:
    """Features of raw audio: (batch, samples, 1) to (batch, 1028)."""
    x = _block(inputs, filters=16, kernel_size=9, pool_size=16)
    x = _block(x, filters=32, kernel_size=3, pool_size=4)
    x = _block(x, filters=32, kernel_size=3, pool_size=4)
    for _ in range(2):
        x = layers.Conv1D(256, 3, activation="relu", padding="valid")(x)
    x = layers.GlobalMaxPooling1D()(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Dense(64, activation="relu")(x)
    return layers.Dense(1028, activation="relu")(x)


def wave_dummy_body(inputs: keras.KerasTensor) -> keras.KerasTensor:
    """The largest sample of each clip: (batch, samples, 1) to (batch, 1)."""
    return layers.GlobalMaxPooling1D()(inputs)


def _block(x: keras.KerasTensor, filters: int, kernel_size: int, pool_size: int) -> keras.KerasTensor:
    for _ in range(2):
        x = layers.Conv1D(filters, kernel_size, activation="relu", padding="valid")(x)
    x = layers.MaxPooling1D(pool_size)(x)
    return layers.Dropout(0.1)(x)

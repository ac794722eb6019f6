"""`mfcc_dummy` and `wave_dummy`: one pooling layer each, to try out the chain in seconds."""

from typing import TYPE_CHECKING

from fsat_core.models.network_spec import NetworkSpec

if TYPE_CHECKING:
    import keras


def mfcc_dummy_body(inputs: "keras.KerasTensor") -> "keras.KerasTensor":
    """The largest coefficient of each clip: (batch, n_mfcc, frames, 1) to (batch, 1)."""
    from keras import layers

    return layers.GlobalMaxPooling2D()(inputs)


def wave_dummy_body(inputs: "keras.KerasTensor") -> "keras.KerasTensor":
    """The largest sample of each clip: (batch, samples, 1) to (batch, 1)."""
    from keras import layers

    return layers.GlobalMaxPooling1D()(inputs)


MFCC_DUMMY = NetworkSpec(
    name="mfcc_dummy",
    description="one layer on MFCCs, to try the chain in seconds",
    input_kind="mfcc",
    sample_rate=44_100,
    body=mfcc_dummy_body,
    is_dummy=True,
)
WAVE_DUMMY = NetworkSpec(
    name="wave_dummy",
    description="one layer on raw audio, to try the chain in seconds",
    input_kind="wave",
    sample_rate=16_000,
    body=wave_dummy_body,
    is_dummy=True,
)

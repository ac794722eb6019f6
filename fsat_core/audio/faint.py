"""What hardly sounds: clips that are silent, and clips whose channels cancel each other."""

from pathlib import Path
from typing import BinaryIO

import numpy as np

from fsat_core.audio.decoding.sound import open_sound
from fsat_core.audio.levels import SILENCE

_QUIET = 0.1  # a mono mix with a louder sample was not cancelled
_CANCELLED_DB, _GONE_DB = 20.0, 90.0
_BLOCK_FRAMES = 1 << 16


def describe_faint(source: Path | BinaryIO, peak: float) -> str:
    """Why hardly anything of a clip reaches the networks, in a sentence; "" where it does.

    Parameters
    ----------
    source : Path or binary file
    peak : float
        The largest absolute sample of its mono mix.

    Raises
    ------
    AudioError
        As `read_mono`.
    """
    if peak >= _QUIET:
        return ""
    lost_db = _lost_in_mono_db(source)
    if lost_db >= _CANCELLED_DB:
        how = "nothing is left" if lost_db >= _GONE_DB else f"it is {lost_db:.0f} dB quieter"
        return f"The channels of this clip cancel each other: in the mono mix, which networks hear, {how}."
    return (
        f"This clip is silent: no sample of its mono mix is above {20 * np.log10(SILENCE):.0f} dB."
        if peak < SILENCE
        else ""
    )


def _lost_in_mono_db(source: Path | BinaryIO) -> float:
    """How much quieter the mono mix is than the channels are in the mean; infinite where it is silence."""
    of_channels = of_mix = 0.0
    with open_sound(source) as sound:
        if sound.num_channels == 1:
            return 0.0
        while len(samples := sound.read(_BLOCK_FRAMES)):
            of_channels += float(np.square(samples, dtype=np.float64).mean(axis=1).sum())
            of_mix += float(np.square(samples.mean(axis=1), dtype=np.float64).sum())
    if of_channels == 0:
        return 0.0
    return 10 * float(np.log10(of_channels / of_mix)) if of_mix else np.inf

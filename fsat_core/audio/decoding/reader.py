"""What every reader of sound files can do."""

from typing import Protocol

import numpy as np

from fsat_core.audio.decoding.counts import Count


class Reader(Protocol):
    """An open sound file, read from its beginning on.

    Whatever goes wrong is left to `Sound`, which makes one kind of error of it.

    Attributes
    ----------
    sample_rate : int
        In Hz.
    num_channels : int
    subtype : str
        The sample format, by soundfile's name.
    """

    sample_rate: int
    num_channels: int
    subtype: str

    @property
    def num_frames(self) -> int | None:
        """As the file says and bears out; None where only decoding tells."""
        ...

    def read(self, num_frames: int) -> np.ndarray:
        """The next frames [shape=(n, num_channels)], float32; fewer than asked for only at the end."""
        ...

    def seek(self, frame: int) -> bool:
        """Go on from this frame, as reading up to it would; False for a reader that reads forwards only."""
        ...

    def rewind(self) -> None:
        """Begin anew."""
        ...

    def count(self, most: int) -> Count:
        """The frames from here to the end, by decoding; counting ends where they are more than `most`."""
        ...

    def close(self) -> None:
        """Let go of what is held; the file itself stays open."""
        ...

"""What a pretrained network made of the clips of a run, as a network that is trained on it reads it."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from fsat_core.audio.features import FeatureSpec
from fsat_core.embedding.store import EmbeddingStore
from fsat_core.errors import AudioError


class HeardClips:
    """The embeddings of some clips, window by window. Silent windows are left out, unless all of a clip are.

    Parameters
    ----------
    spec : FeatureSpec
    store : EmbeddingStore
        A complete one.
    clip_ids : sequence of str
    unreadable : mapping of str to str
        Clips that are not in the store, and why.

    Attributes
    ----------
    clip_ids : list of str
        All of them, the unreadable ones too.
    errors : dict of str to str
        Clips that cannot be heard, and why.
    """

    def __init__(
        self, spec: FeatureSpec, store: EmbeddingStore, clip_ids: Sequence[str], unreadable: Mapping[str, str]
    ) -> None:
        self.spec, self.clip_ids, self._store = spec, list(clip_ids), store
        reasons = {**unreadable, **store.errors()}
        self.errors = {
            clip_id: reasons.get(clip_id, f"{clip_id}: has not been heard; start again.")
            for clip_id in clip_ids
            if store.row(clip_id) is None
        }

    def crops(self, clips: Sequence[str], rng: np.random.Generator) -> np.ndarray:
        """The embedding of one window of each clip, drawn anew [shape=(len(clips), dimension)], float32."""
        return np.stack([self._draw(clip_id, rng) for clip_id in clips]).astype(np.float32)

    def _draw(self, clip_id: str, rng: np.random.Generator) -> np.ndarray:
        windows = self._windows(clip_id)
        drawn = windows[rng.integers(len(windows))]
        if drawn.any():  # nearly always: only then are all windows looked at
            return drawn
        heard = np.flatnonzero(windows.any(axis=1))
        return windows[rng.choice(heard)] if len(heard) else drawn

    def window_batches(self, clip_id: str, size: int) -> Iterator[np.ndarray]:
        """The embeddings of the windows of a clip, so many at a time at most [shape=(n, dimension)], float32.

        Raises
        ------
        AudioError
            If it cannot be heard.
        """
        windows, any_heard = self._windows(clip_id), False
        for start in range(0, len(windows), size):
            part = windows[start : start + size]
            if (is_heard := part.any(axis=1)).any():
                any_heard = True
                yield part[is_heard].astype(np.float32)
        if not any_heard:
            for start in range(0, len(windows), size):
                yield windows[start : start + size].astype(np.float32)

    def _windows(self, clip_id: str) -> np.ndarray:
        if clip_id in self.errors:
            raise AudioError(f"{clip_id}: cannot be heard; leave it out ({self.errors[clip_id]})")
        return self._store.windows(clip_id)

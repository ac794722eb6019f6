"""A pretrained network of a few lines, and the real one where it has been brought."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from fsat_core.embedding import YAMNET, Embedder, EmbedderSpec, EmbeddingStore, Heard, Place, hear_windows
from fsat_core.embedding.earlier import describe_clips
from fsat_core.embedding.pretrained import is_here, weights_path
from fsat_core.embedding.store import create_store, open_arrays
from fsat_core.settings import Settings
from tests.helpers.shards import is_first, kill_this


class TinyEmbedder:
    """Hears how loud a window is, and how often its sign changes."""

    name, version = "tiny", "1"
    sample_rate, window_samples, hop_samples, dimension = 8_000, 800, 400, 2
    class_names: tuple[str, ...] = ("High", "Low")

    def hear(self, samples: np.ndarray) -> Heard:
        """As in `Embedder`."""
        windows = sliding_window_view(samples, self.window_samples)[:: self.hop_samples]
        loudness = np.sqrt((windows**2).mean(axis=1))
        changes = (np.diff(np.signbit(windows), axis=1)).mean(axis=1)
        scores = np.stack([changes, 1 - changes], axis=1)
        return Heard(np.stack([loudness, changes], axis=1).astype(np.float32), scores.astype(np.float32))


def _tiny_is_here(cache_dir: Path) -> bool:
    return True


def _load_tiny(cache_dir: Path, num_threads: int) -> TinyEmbedder:
    return TinyEmbedder()


TINY = EmbedderSpec(
    name=TinyEmbedder.name,
    version=TinyEmbedder.version,
    sample_rate=TinyEmbedder.sample_rate,
    window_samples=TinyEmbedder.window_samples,
    hop_samples=TinyEmbedder.hop_samples,
    dimension=TinyEmbedder.dimension,
    num_classes=len(TinyEmbedder.class_names),
    is_here=_tiny_is_here,
    load=_load_tiny,
)


class DyingEmbedder(TinyEmbedder):
    """Ends its process at its first windows, and always at those of a clip without negative samples."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hear(self, samples: np.ndarray) -> Heard:
        """As in `Embedder`."""
        if samples.min() >= 0 or is_first(self._folder / "heard"):
            kill_this()
        return super().hear(samples)


def _load_dying(cache_dir: Path, num_threads: int) -> DyingEmbedder:
    return DyingEmbedder(cache_dir)


DYING = replace(TINY, load=_load_dying)
_BROUGHT = Settings.from_environment().cache_dir  # asked now: tests change the environment


def lend_yamnet(cache_dir: Path) -> None:
    """Put YAMNet's weights into a test's cache folder; skips the test where nobody has brought them."""
    if not is_here(_BROUGHT):
        assert not os.environ.get("CI"), "the gate brings YAMNet's weights, expected them here"
        pytest.skip("YAMNet's weights are not here: `fsat pretrained` brings them")
    weights_path(cache_dir).parent.mkdir(parents=True, exist_ok=True)
    weights_path(cache_dir).symlink_to(weights_path(_BROUGHT))


def make_store(
    folder: Path, windows: Mapping[str, np.ndarray], scores: Mapping[str, np.ndarray] | None = None
) -> EmbeddingStore:
    """A complete store of clips with these windows [shape=(W, D)], and scores [shape=(C,)] (default: 0)."""
    dimension = len(next(iter(windows.values()))[0])
    num_classes = len(next(iter(scores.values()))) if scores else 1
    spec = replace(TINY, dimension=dimension, num_classes=num_classes)
    lengths = [len(values) for values in windows.values()]
    create_store(folder, pd.DataFrame({"clip_id": list(windows)}), lengths, spec)
    arrays = open_arrays(folder, "r+")
    for row, (clip_id, values) in enumerate(windows.items()):
        arrays.windows[arrays.starts[row] : arrays.starts[row + 1]] = values
        heard = values[np.any(values, axis=1)]
        arrays.means[row] = heard.mean(axis=0) if len(heard) else 0
        arrays.scores[row] = scores[clip_id] if scores else 0
        arrays.counts[row] = len(values)
    for values in arrays:
        if isinstance(values.base, np.memmap):
            values.base.flush()
    return EmbeddingStore(folder, list(windows))


def fill_store(place: Place, count: int | None = None) -> EmbeddingStore:
    """The store of a place, whose first `count` clips (default: all) have been heard, a window each."""
    create_store(place.folder, describe_clips(place.clips), [1] * len(place.clips), place.spec)
    arrays = open_arrays(place.folder, "r+")
    rng = np.random.default_rng(0)
    arrays.windows[:] = arrays.means[:] = rng.normal(size=arrays.means.shape)
    arrays.scores[:] = rng.random(arrays.scores.shape)
    arrays.counts[:count] = 1
    return EmbeddingStore(place.folder, place.clip_ids)


LEND: dict[str, Callable[[Path], None]] = {TINY.name: lambda _: None, YAMNET.name: lend_yamnet}


def hear_clip(embedder: Embedder, blocks: Iterable[np.ndarray]) -> Heard:
    """As `hear_windows`, all windows of a clip together."""
    parts = list(hear_windows(embedder, blocks))
    return Heard(
        np.concatenate([part.embeddings for part in parts]), np.concatenate([part.scores for part in parts])
    )

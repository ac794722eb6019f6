"""Pretrained networks before they are loaded."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fsat_core.embedding import pretrained, yamnet
from fsat_core.embedding.embedder import Embedder
from fsat_core.errors import ConfigError


@dataclass(frozen=True)
class EmbedderSpec:
    """A pretrained network before it is loaded.

    Parameters
    ----------
    name, version, dimension
        As in `Embedder`.
    sample_rate, window_samples, hop_samples
        As in `Embedder`.
    num_classes : int
    is_here : callable
        Whether its weights are in a cache folder.
    load : callable
        The network, from a cache folder; it may use so many threads. Processes are handed this function.
    """

    name: str
    version: str
    sample_rate: int
    window_samples: int
    hop_samples: int
    dimension: int
    num_classes: int
    is_here: Callable[[Path], bool]
    load: Callable[[Path, int], Embedder]

    def num_windows(self, num_samples: int) -> int:
        """How many windows there are in a clip of so many samples at `sample_rate`."""
        return 1 + math.ceil(max(num_samples - self.window_samples, 0) / self.hop_samples)

    def duration_s(self, num_windows: int) -> float:
        """The length in seconds that so many windows reach over."""
        return (self.window_samples + (num_windows - 1) * self.hop_samples) / self.sample_rate


def _load_yamnet(cache_dir: Path, num_threads: int) -> Embedder:
    return yamnet.Yamnet.load(pretrained.weights_path(cache_dir), num_threads)


YAMNET = EmbedderSpec(
    name=yamnet.NAME,
    version=yamnet.VERSION,
    sample_rate=yamnet.Yamnet.sample_rate,
    window_samples=yamnet.Yamnet.window_samples,
    hop_samples=yamnet.Yamnet.hop_samples,
    dimension=yamnet.DIMENSION,
    num_classes=521,
    is_here=pretrained.is_here,
    load=_load_yamnet,
)


def load_embedder(spec: EmbedderSpec, cache_dir: Path, num_threads: int = 1) -> Embedder:
    """A pretrained network, ready to hear.

    Raises
    ------
    ConfigError
        If its weights are not in the cache folder.
    """
    if not spec.is_here(cache_dir):
        raise ConfigError(
            f"{spec.name} is not on this machine yet: expected its weights in {cache_dir / 'pretrained'}. "
            "Run `fsat pretrained` once."
        )
    return spec.load(cache_dir, num_threads)

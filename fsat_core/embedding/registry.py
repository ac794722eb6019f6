"""Every pretrained network by name."""

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
        The network, from a cache folder; it may use so many threads.
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


EMBEDDERS: dict[str, EmbedderSpec] = {}
YAMNET = EmbedderSpec(
    name=yamnet.NAME,
    version=yamnet.VERSION,
    sample_rate=yamnet.Yamnet.sample_rate,
    window_samples=yamnet.Yamnet.window_samples,
    hop_samples=yamnet.Yamnet.hop_samples,
    dimension=yamnet.DIMENSION,
    num_classes=521,
    is_here=pretrained.is_here,
    load=lambda cache_dir, num_threads: yamnet.Yamnet.load(pretrained.weights_path(cache_dir), num_threads),
)


def register(spec: EmbedderSpec) -> None:
    """Make a pretrained network known to this process.

    Raises
    ------
    ConfigError
        If another one has its name.
    """
    if spec.name in EMBEDDERS:
        raise ConfigError(
            f"An embedder '{spec.name}' is registered already: expected a new name. Choose one."
        )
    EMBEDDERS[spec.name] = spec


register(YAMNET)


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

"""The pretrained network that some runs build on, where they predict."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from fsat_core.embedding import YAMNET, Embedder, load_embedder
from fsat_core.errors import ConfigError
from fsat_core.machine import usable_cores
from fsat_core.runs.run import Run
from fsat_core.text import list_some


@lru_cache(maxsize=1)
def open_embedder(cache_dir: Path) -> Embedder:
    """The pretrained network, kept for the next call.

    Raises
    ------
    ConfigError
        If its weights are not in the cache folder.
    """
    return load_embedder(YAMNET, cache_dir, usable_cores())


def leave_out_unheard(runs: Sequence[Run], cache_dir: Path) -> tuple[list[Run], str]:
    """The runs that can predict here, and a line about those that cannot; "" where all can.

    A run on embeddings needs the weights of the pretrained network.

    Raises
    ------
    ConfigError
        With that line, if there are runs, and none can.
    """
    if YAMNET.is_here(cache_dir):
        return list(runs), ""
    left = [run for run in runs if run.feature_spec.kind != "embedding"]
    names = [run.run_id for run in runs if run.feature_spec.kind == "embedding"]
    if not names:
        return left, ""
    builds = "it builds" if len(names) == 1 else "they build"
    line = (
        f"Without {list_some(names)}: {YAMNET.name}, which {builds} on, is not on this machine; expected its "
        f"weights in {cache_dir / 'pretrained'}. Run `fsat pretrained` once."
    )
    if not left:
        raise ConfigError(line.replace("Without", "No answer of", 1))
    return left, line

"""A map of a data set: two dimensions in which clips that sound alike lie together, made once and kept.

t-SNE of scikit-learn, from the 50 main directions of what YAMNet hears.
"""

import io
import re
from collections.abc import Callable
from contextlib import redirect_stdout

import numpy as np
from filelock import FileLock

from fsat_core.embedding.store import EmbeddingStore
from fsat_core.errors import FsatError, Stopped
from fsat_core.files import write_atomically

MAP = "map.npy"
_PERPLEXITY = 30.0
_DIRECTIONS = 50
_TINY = 1e-12
_ROUNDS = 1_000

Progress = Callable[[int, int], None]


def project(
    vectors: np.ndarray,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """Places on a map [shape=(N, 2)], float32, the same for the same vectors.

    Parameters
    ----------
    vectors : np.ndarray [shape=(N, D)]
        Those of zeros, which nobody is near to, have no place: NaN.
    progress : callable, optional
        Is called with how many rounds of t-SNE are done, and of how many.
    should_stop : callable, optional
        Is asked as often; if it says yes, a Stopped is raised.
    """
    from sklearn.decomposition import PCA  # late: it takes a second, and only makers of maps need it
    from sklearn.manifold import TSNE

    places = np.full((len(vectors), 2), np.nan, np.float32)
    there = vectors.any(axis=1)
    wide = vectors[there].astype(np.float32)
    if len(wide) <= 4 or (wide == wide[0]).all():  # neighbours mean nothing: in a row
        places[there] = np.stack([np.arange(len(wide)), np.zeros(len(wide))], axis=1)
        return places
    wide /= np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), _TINY)
    directions = PCA(min(_DIRECTIONS, *wide.shape), random_state=0).fit_transform(wide)
    perplexity = min(_PERPLEXITY, (len(wide) - 1) / 3)
    tsne = TSNE(2, perplexity=perplexity, init="pca", max_iter=_ROUNDS, random_state=0, n_jobs=-1, verbose=2)
    with redirect_stdout(_Rounds(progress, should_stop)):
        places[there] = tsne.fit_transform(directions)
    if progress is not None:
        progress(_ROUNDS, _ROUNDS)  # it may have come to rest before
    return places


class _Rounds(io.TextIOBase):
    """Reads what scikit-learn prints, which is the only way that it tells how far t-SNE is."""

    def __init__(self, progress: Progress | None, should_stop: Callable[[], bool] | None) -> None:
        self._progress, self._should_stop = progress, should_stop

    def write(self, text: str) -> int:
        if self._should_stop is not None and self._should_stop():
            raise Stopped
        if self._progress is not None and (found := re.search(r"Iteration (\d+):", text)):
            self._progress(int(found[1]), _ROUNDS)
        return len(text)


def read_map(store: EmbeddingStore) -> np.ndarray | None:
    """The map of a complete store [shape=(N, 2)], float32, NaN where there is no place; or None."""
    try:
        places = np.load(store.folder / MAP)
    except (OSError, ValueError, EOFError):
        return None
    return places if places.shape == (len(store.clip_ids), 2) else None


def draw_map(
    store: EmbeddingStore,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """The map of a complete store, made where there is none yet: for 5,000 clips that takes half a minute.

    `progress` and `should_stop` are as in `project`.

    Raises
    ------
    FsatError
        If it cannot be kept.
    Stopped
        If it was stopped.
    """
    try:
        with FileLock(store.folder / "map.lock"):
            places = read_map(store)
            if places is None:
                places = project(np.asarray(store.means), progress, should_stop)
                content = io.BytesIO()
                np.save(content, places)
                write_atomically(store.folder / MAP, content.getvalue(), make_folder=False)
        return places
    except OSError as error:
        raise FsatError(
            f"the map cannot be kept in {store.folder} ({error.strerror or error}), expected a folder with "
            "free space; make some or set FSAT_CACHE_DIR to another one."
        ) from error

"""A map of a data set: two dimensions in which clips that sound alike lie together, made once and kept.

t-SNE of scikit-learn, from the 50 main directions of what YAMNet hears.
"""

import io

import numpy as np
from filelock import FileLock

from fsat_core.embedding.store import EmbeddingStore
from fsat_core.errors import FsatError
from fsat_core.files import write_atomically

MAP = "map.npy"
_PERPLEXITY = 30.0
_DIRECTIONS = 50
_TINY = 1e-12


def project(vectors: np.ndarray) -> np.ndarray:
    """Places on a map [shape=(N, 2)], float32, the same for the same vectors.

    Parameters
    ----------
    vectors : np.ndarray [shape=(N, D)]
        Those of zeros, which nobody is near to, have no place: NaN.
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
    places[there] = TSNE(2, perplexity=perplexity, init="pca", random_state=0, n_jobs=-1).fit_transform(
        directions
    )
    return places


def read_map(store: EmbeddingStore) -> np.ndarray | None:
    """The map of a complete store [shape=(N, 2)], float32, NaN where there is no place; or None."""
    try:
        return np.load(store.folder / MAP)
    except (OSError, ValueError, EOFError):
        return None


def draw_map(store: EmbeddingStore) -> np.ndarray:
    """The map of a complete store, made where there is none yet: for 5,000 clips that takes half a minute.

    Raises
    ------
    FsatError
        If it cannot be kept.
    """
    try:
        with FileLock(store.folder / "map.lock"):
            places = read_map(store)
            if places is None:
                places = project(np.asarray(store.means))
                content = io.BytesIO()
                np.save(content, places)
                write_atomically(store.folder / MAP, content.getvalue(), make_folder=False)
        return places
    except OSError as error:
        raise FsatError(
            f"the map cannot be kept in {store.folder} ({error.strerror or error}), expected a folder with "
            "free space; make some or set FSAT_CACHE_DIR to another one."
        ) from error

"""What YAMNet would hear in a data set, made up: clips of one class lie together on the map."""

import io

import numpy as np
import pandas as pd

from fsat_core.dataset import Dataset
from fsat_core.embedding import YAMNET, EmbeddingStore, locate
from fsat_core.embedding.build import describe_clips
from fsat_core.embedding.projection import MAP
from fsat_core.embedding.store import create_store, open_arrays
from fsat_core.files import write_atomically
from fsat_core.settings import Settings

_BLOCK = 4_096  # clips that are made up at a time


def write_heard_set(dataset: Dataset, catalogue: pd.DataFrame, settings: Settings) -> EmbeddingStore:
    """The complete store of a data set, with one window of each clip, and its map; without YAMNet."""
    rng = np.random.default_rng(0)
    place = locate(dataset, catalogue, settings.cache_dir, YAMNET)
    labels = catalogue.set_index("clip_id")["labels"][place.clip_ids]
    kinds, names = pd.factorize(labels.str.partition(",")[0])
    create_store(place.folder, describe_clips(place.clips), [1] * len(kinds), YAMNET)
    arrays = open_arrays(place.folder, "r+")
    centres = np.maximum(rng.standard_normal((len(names), YAMNET.dimension), np.float32), 0)
    for start in range(0, len(kinds), _BLOCK):
        part = slice(start, start + _BLOCK)
        noise = rng.standard_normal((len(kinds[part]), YAMNET.dimension), np.float32)
        arrays.means[part] = arrays.windows[part] = np.maximum(centres[kinds[part]] + 0.3 * noise, 0)
        arrays.scores[part] = rng.random((len(kinds[part]), YAMNET.num_classes), np.float32)
    arrays.counts[:] = 1
    for values in arrays:
        if isinstance(values.base, np.memmap):
            values.base.flush()
    places = 60 * rng.random((len(names), 2))[kinds] + 3 * rng.standard_normal((len(kinds), 2))
    content = io.BytesIO()
    np.save(content, places.astype(np.float32))
    write_atomically(place.folder / MAP, content.getvalue())
    return EmbeddingStore(place.folder, place.clip_ids)

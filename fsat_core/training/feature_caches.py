"""The feature caches that a run reads: built by its worker, opened by every fold."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from fsat_core.audio import FeatureCache, FeatureSpec, build_cache
from fsat_core.dataset import Dataset, clip_path, open_dataset, scan
from fsat_core.dataset.clip_ids import clip_id_of
from fsat_core.embedding import YAMNET, EmbeddingStore, HeardClips, Place, build_store, locate
from fsat_core.executors.workplace import Workplace
from fsat_core.runs.moved_data import check_data
from fsat_core.runs.run import Run

Clips = list[tuple[str, Path]]
Progress = Callable[[int, int], None]
ShouldStop = Callable[[], bool]
Hear = Callable[[Place, Path], EmbeddingStore]


class Features(Protocol):
    """The features of clips: a `FeatureCache`, or the `HeardClips` of a network on embeddings."""

    spec: FeatureSpec
    clip_ids: list[str]
    errors: dict[str, str]

    def crops(self, clips: list[str], rng: np.random.Generator) -> np.ndarray:
        """What is trained on of each clip [shape=(len(clips), *spec.input_shape)], float32."""
        ...

    def window_batches(self, clip_id: str, size: int) -> Iterator[np.ndarray]:
        """All windows of a clip, so many at a time at most [shape=(n, *spec.input_shape)], float32."""
        ...


@dataclass(frozen=True)
class Caches:
    """Features of the splits a run trains on, and of the test split where there is one.

    `heard` is what the pretrained network of a teacher made of all clips, None without a teacher.
    """

    train: Features
    test: Features | None
    heard: EmbeddingStore | None = None

    @property
    def clip_ids(self) -> list[str]:
        """All clips of both, also those that could not be decoded."""
        return [*self.train.clip_ids, *(self.test.clip_ids if self.test is not None else [])]

    @property
    def errors(self) -> dict[str, str]:
        """Clips that could not be decoded, with the reason."""
        return self.train.errors | (self.test.errors if self.test is not None else {})


def open_caches(
    run: Run,
    cache_dir: Path,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    workplace: Workplace | None = None,
) -> Caches:
    """Open both caches, building what is missing; the second call reads what the first one built.

    A `workplace` is where that is done, by default this machine.

    They hold every clip of the splits, whatever its labels, so that runs on other label sets or another
    task share them.

    Raises
    ------
    ConfigError
        If the network is one on embeddings, clips have to be heard, and the weights for that are not here.
    """
    check_data(run)
    dataset = open_dataset(run.data_dir)
    train = _existing_clips(dataset, run.config.splits)
    test = _existing_clips(dataset, ("test",))
    hear = partial(build_store, progress=progress, should_stop=should_stop, workplace=workplace)
    if run.feature_spec.kind == "embedding":
        return _hear(run, dataset, cache_dir, train, test, hear)
    heard = _heard_store(dataset, cache_dir, hear) if run.config.has_teacher else None
    total = len(train) + len(test)

    def build(clips: Clips, offset: int) -> FeatureCache:
        def report(done: int, _: int) -> None:
            if progress is not None:
                progress(offset + done, total)

        return build_cache(clips, run.feature_spec, cache_dir, report, should_stop, workplace=workplace)

    return Caches(build(train, 0), build(test, len(train)) if test else None, heard)


def _hear(run: Run, dataset: Dataset, cache_dir: Path, train: Clips, test: Clips, hear: Hear) -> Caches:
    """What the pretrained network hears in the clips: in its store, which is of the whole data set."""
    catalogue = scan(dataset, cache_dir)
    store = _heard_store(dataset, cache_dir, hear)
    bad = catalogue[catalogue["error"] != ""]
    unreadable = dict(zip(bad["clip_id"], bad["error"], strict=True))

    def of(clips: Clips) -> HeardClips:
        return HeardClips(run.feature_spec, store, [clip_id for clip_id, _ in clips], unreadable)

    return Caches(of(train), of(test) if test else None)


def _heard_store(dataset: Dataset, cache_dir: Path, hear: Hear) -> EmbeddingStore:
    place = locate(dataset, scan(dataset, cache_dir), cache_dir, YAMNET)
    store = place.open()
    if store is None or not store.is_complete:  # only then the network itself is needed
        store = hear(place, cache_dir)
    return store


def _existing_clips(dataset: Dataset, splits: Sequence[str]) -> Clips:
    rows = dataset.table[dataset.table["split"].isin(splits)]
    clips = [(clip_id, clip_path(dataset, clip_id)) for clip_id in clip_id_of(rows["split"], rows["fname"])]
    return [(clip_id, path) for clip_id, path in clips if path.is_file()]

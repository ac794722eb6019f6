"""The feature caches that a run reads: built by its worker, opened by every fold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fsat_core.audio import FeatureCache, build_cache
from fsat_core.dataset import Dataset, clip_path, open_dataset
from fsat_core.dataset.clip_ids import clip_id_of
from fsat_core.runs.moved_data import check_data
from fsat_core.runs.run import Run


@dataclass(frozen=True)
class Caches:
    """Features of the splits a run trains on, and of the test split where there is one."""

    train: FeatureCache
    test: FeatureCache | None

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
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Caches:
    """Open both caches, building what is missing; the second call reads what the first one built.

    They hold every clip of the splits, whatever its labels, so that runs on other label sets or another
    task share them.
    """
    check_data(run)
    dataset = open_dataset(run.data_dir)
    train = _existing_clips(dataset, run.config.splits)
    test = _existing_clips(dataset, ("test",))
    total = len(train) + len(test)

    def build(clips: list[tuple[str, Path]], offset: int) -> FeatureCache:
        def report(done: int, _: int) -> None:
            if progress is not None:
                progress(offset + done, total)

        return build_cache(clips, run.feature_spec, cache_dir, progress=report, should_stop=should_stop)

    return Caches(build(train, 0), build(test, len(train)) if test else None)


def _existing_clips(dataset: Dataset, splits: Sequence[str]) -> list[tuple[str, Path]]:
    rows = dataset.table[dataset.table["split"].isin(splits)]
    clips = [(clip_id, clip_path(dataset, clip_id)) for clip_id in clip_id_of(rows["split"], rows["fname"])]
    return [(clip_id, path) for clip_id, path in clips if path.is_file()]

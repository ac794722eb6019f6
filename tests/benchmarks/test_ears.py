"""The figures of listening: a kill loses nothing, and a difference is seen."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.targets import ears
from benchmarks.targets.ears import differing_rows, measure_neighbours
from fsat_core.dataset import open_dataset, scan
from fsat_core.embedding import build_store, locate
from fsat_core.embedding.store import EmbeddingStore, open_arrays
from fsat_core.settings import Settings
from tests.helpers.embedders import TINY, lend_yamnet

pytestmark = pytest.mark.benchmarks


def test_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path / "lent"))
    lend_yamnet(Settings.from_environment().cache_dir)
    monkeypatch.setattr(ears, "NUM_CLIPS", 60)
    monkeypatch.setattr(ears, "measure_neighbours", lambda: ())
    figures = {figure.item: figure for figure in ears.measure(tmp_path)}
    assert figures["clips heard, all cores"].value > 0
    assert figures["clips heard before a kill and heard again after it"].value == 0
    assert figures["clips heard otherwise after a kill"].value == 0


def test_a_difference_is_counted(kaggle_set: Path, tmp_path: Path) -> None:
    dataset = open_dataset(kaggle_set)
    stores = []
    for name in ("one", "other"):
        place = locate(dataset, scan(dataset, tmp_path), tmp_path / name, TINY)
        stores.append(build_store(place, tmp_path, num_processes=1))
    assert differing_rows(*stores) == 0
    open_arrays(stores[1].folder, "r+").windows[0] = np.float16(9)
    assert differing_rows(stores[0], EmbeddingStore(stores[1].folder, stores[1].clip_ids)) == 1


def test_neighbours_are_timed() -> None:
    time, memory = measure_neighbours(3_000)
    assert time.unit == "ms"
    assert memory.value > 1

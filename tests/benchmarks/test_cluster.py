"""What the benchmark of a cluster measures."""

import os
from pathlib import Path

import pytest

from benchmarks.targets import cluster
from fsat_core.embedding import build
from tests.helpers.embedders import lend_yamnet
from tools.dask_cluster import ONE_THREAD


def test_figures_of_two_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    for name in ONE_THREAD:
        monkeypatch.setenv(name, os.environ.get(name, ""))  # put back afterwards
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path / "here"))
    lend_yamnet(tmp_path / "here")
    monkeypatch.setattr(cluster, "NUM_FOLD_CLIPS", 12)
    monkeypatch.setattr(build, "_SHARD_S", 5.0)
    figures = list(cluster.measure(tmp_path, num_clips=8, num_folds=2, rounds=1, kill_every=4))
    assert [(figure.unit, figure.target, figure.at_most) for figure in figures] == [
        ("x", 1.7, False),
        ("files", 0, True),
        ("files", 0, True),
    ]
    assert figures[0].value > 0
    assert [figure.value for figure in figures[1:]] == [0, 0]

"""What the benchmark of clips in a bucket measures."""

import os
from pathlib import Path

import pytest
from s3fs import S3FileSystem

from benchmarks.targets import elsewhere


def test_figures_of_clips_in_a_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FSAT_CACHE_DIR", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, os.environ.get(name, ""))  # put back afterwards
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")
    monkeypatch.setenv("NO_PROXY", "")
    S3FileSystem.clear_instance_cache()  # of tests in this process that asked another server
    figures = list(elsewhere.measure(tmp_path, num_clips=3, rounds=1))
    S3FileSystem.clear_instance_cache()
    assert [(figure.target, figure.unit, figure.at_most) for figure in figures] == [
        (1.3, "x as long", True),
        (1.3, "x as long", True),
    ]
    assert all(figure.value > 0 for figure in figures)
    copies = {path.parents[3].name for path in tmp_path.glob("cache_*/clips/*/train_curated/*.wav")}
    assert len(copies) == 2 * 2, "one cold cache for each turn in the bucket"

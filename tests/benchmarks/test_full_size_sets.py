"""The made set of the real one's size and shape."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from benchmarks.sets import full_size
from benchmarks.sets.full_size import REAL, Shape, plan_labels, write_full_size
from fsat_core.dataset import open_dataset, scan
from fsat_core.dataset.catalogue import hold_catalogue
from fsat_core.dataset.statistics import summarise
from fsat_core.errors import ConfigError
from tests.helpers.shapes import SMALL_SHAPE

SAMPLE_RATE = 8_000
CLASSES = ("Bark", "Drip", "Knock", "Meow", "Siren")


def test_full_size_has_the_published_counts() -> None:
    labels = {split: pd.Series(rows) for split, rows in plan_labels(REAL, np.random.default_rng(0)).items()}
    assert {split: len(rows) for split, rows in labels.items()} == {
        "curated": 4_970,
        "noisy": 19_815,
        "test": 3_361,
    }
    curated = labels["curated"]
    assert curated.nunique() == 213
    assert curated[~curated.str.contains(",")].nunique() == 74
    for rows in labels.values():
        assert rows.str.split(",").explode().nunique() == 80
    assert set(labels["noisy"].str.split(",").explode().value_counts()) == {300}
    assert len(REAL.classes) == len(set(REAL.classes)) == 80
    assert list(REAL.classes) == sorted(REAL.classes)


def test_a_small_set_of_full_size_shape(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_full_size(out, 0, SMALL_SHAPE)
    catalogue = scan(open_dataset(out), tmp_path / "cache")
    found = summarise(hold_catalogue(catalogue))
    assert found["num_errors"] == 0
    curated = {"num_clips": 21, "num_label_strings": 8, "num_single_label": 12}
    assert curated.items() <= found["splits"]["curated"].items()
    assert found["splits"]["curated"]["num_classes"] == 5
    assert found["splits"]["curated"]["num_classes_single_label"] == 3
    assert found["splits"]["noisy"]["num_clips"] == 13
    assert found["splits"]["test"]["num_clips"] == 7
    counts = catalogue.loc[catalogue["split"] == "curated", "labels"].value_counts()
    assert counts.sum() == 21
    assert sorted(catalogue["num_frames"].unique()) == [full_size.NUM_FRAMES, SMALL_SHAPE.longest_frames]
    assert (catalogue["num_frames"] == SMALL_SHAPE.longest_frames).sum() == 1
    silent = [path for path in out.rglob("*.wav") if not sf.read(path)[0].any()]
    assert len(silent) == 1
    assert set(catalogue["subtype"]) == {"PCM_16"}
    assert set(catalogue["sample_rate"]) == {44_100}


def test_the_pitch_of_a_clip_says_its_class(tmp_path: Path) -> None:
    write_full_size(tmp_path / "out", 0, SMALL_SHAPE)
    pitches_hz = dict(zip(CLASSES, np.geomspace(80, 8_000, 5), strict=True))
    for row in pd.read_csv(tmp_path / "out" / "train_noisy.csv").itertuples():
        wave, rate = sf.read(tmp_path / "out" / "train_noisy" / row.fname)
        spectrum = np.abs(np.fft.rfft(wave))
        loudest = np.argsort(spectrum)[::-1] * rate / len(wave)
        names = row.labels.split(",")
        heard = {min(CLASSES, key=lambda name: abs(pitches_hz[name] - hz)) for hz in loudest[: len(names)]}
        assert heard <= set(names)


@pytest.mark.parametrize(
    "changes", [{"num_label_strings": 99}, {"num_label_strings": 4}, {"curated": {1: 2, 2: 7, 3: 2}}]
)
def test_an_impossible_shape_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    shape = Shape(**{**vars(SMALL_SHAPE), **changes})
    with pytest.raises(ConfigError, match="label strings"):
        write_full_size(tmp_path / "out", 0, shape)
    assert not (tmp_path / "out").exists()

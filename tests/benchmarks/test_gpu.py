"""`benchmarks/gpu.py`: a set of any size is trained and timed, and what follows from the times."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from benchmarks.targets import gpu
from benchmarks.targets.gpu import Timing, to_figures, to_json, to_text

ALONE = Timing(
    "mfcc_cnn", "worker", "jax", num_folds=10, clips_per_s=50.0, epoch_s=0.5, other_s=3.0, first_s=8.0
)
TOGETHER = replace(ALONE, way="vmapped", epoch_s=1.0, first_s=0.0)
OTHER = replace(ALONE, model="wave_cnn")


def test_time_of_a_full_run() -> None:
    assert ALONE.full_s == 8 + 10 * (3 + 50 * 0.5)
    assert TOGETHER.full_s == 3 + 50
    assert replace(TOGETHER, num_folds=5).full_s == 2 * (3 + 50)


def test_ratio_is_to_fold_by_fold_of_the_same_network() -> None:
    assert [row["ratio"] for row in to_json([ALONE, TOGETHER, OTHER])] == [1.0, pytest.approx(288 / 53), 1.0]
    assert to_json([TOGETHER, OTHER])[0]["ratio"] is None


def test_a_way_has_a_target_once_both_networks_are_timed() -> None:
    timings = [ALONE, OTHER, TOGETHER]
    (figure,) = to_figures(timings)
    assert (figure.value, figure.target, figure.met) == (2 * 288, 300, False)
    text = to_text(to_json(timings), [figure.to_json()])
    assert "| mfcc_cnn | fold by fold | 50 | 0.50 | 28.8 | 288 | 1.00 |" in text
    assert figure.item in text


def test_a_network_is_timed(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--clips", "12", "--epochs", "2", "--folds", "3", "--models", "mfcc_dummy", "--ways", "worker"]
    assert gpu.main([*words, "--json"], lambda: ThreadPoolExecutor(1)) == 0
    (row,) = json.loads(capsys.readouterr().out)["timings"]
    assert (row["model"], row["way"], row["num_folds"]) == ("mfcc_dummy", "worker", 3)
    assert row["epoch_s"] > 0
    assert row["clips_per_s"] > 0
    assert row["full_s"] > 50 * row["epoch_s"]


def test_one_epoch_is_too_few(capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu.main(["--epochs", "1"]) == 2
    assert "expected at least 2" in capsys.readouterr().err

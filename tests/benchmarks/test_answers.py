"""What the benchmark of answers measures: both sides tag the same clips with the same networks."""

from pathlib import Path

import keras
import numpy as np
import pytest

from benchmarks.figures import RATIO
from benchmarks.sets.clips import write_clips
from benchmarks.targets import answers
from benchmarks.targets.answers import PlainRun, answer_plainly, largest_difference, load_plainly, write_runs
from benchmarks.targets.first_answer import imported_frameworks
from fsat_core.errors import RunError
from fsat_core.prediction import predict_files
from fsat_core.runs import Run

CLIP_S = 0.5


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Two folds of each network at their full size, but for short clips."""
    return write_runs(tmp_path_factory.mktemp("answers"), duration_s=CLIP_S, n_folds=2)


@pytest.fixture(scope="module")
def plain(runs: list[Run]) -> list[PlainRun]:
    """The same networks, loaded by Keras."""
    return [load_plainly(run) for run in runs]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One of a single window, and one of three."""
    return write_clips(tmp_path_factory.mktemp("clips"), 2, [CLIP_S, 2 * CLIP_S], seed=1)


def test_the_networks_differ_and_so_do_their_answers(runs: list[Run], clips: list[Path]) -> None:
    one, two = predict_files([(path.name, path) for path in clips], runs)
    assert one.per_member.shape == (4, 80)
    apart = np.abs(one.per_member[:, np.newaxis] - one.per_member).max(axis=2)
    assert apart[~np.eye(4, dtype=bool)].min() > 0.01
    assert np.abs(one.per_member - two.per_member).max() > 0.01
    assert one.per_member.max() < 0.99  # or there would be nothing to compare but zeros


def test_the_plain_way_answers_alike(runs: list[Run], plain: list[PlainRun], clips: list[Path]) -> None:
    mfcc = next(run for run in runs if run.feature_spec.kind == "mfcc")  # which librosa resamples no clip for
    alike = plain[runs.index(mfcc)]
    for clip, path in zip(predict_files([(path.name, path) for path in clips], [mfcc]), clips, strict=True):
        np.testing.assert_allclose(answer_plainly(path, [alike]), clip.probabilities, atol=1e-3)
    assert len(clip.window_starts_s) == 3


def test_the_largest_difference_is_of_each_network(
    runs: list[Run], plain: list[PlainRun], clips: list[Path]
) -> None:
    assert largest_difference(clips[0], runs, plain) < 1e-4
    bias = plain[1].networks[1].layers[-1].bias
    before = keras.ops.convert_to_numpy(bias).copy()
    bias.assign(before + np.eye(80, dtype=np.float32)[3])
    try:
        assert largest_difference(clips[0], runs, plain) > 1e-3
    finally:
        bias.assign(before)


def test_figures(runs: list[Run], clips: list[Path]) -> None:
    short, long = clips
    figures = list(answers.compare(runs, short, long, rounds=1, first_rounds=1))
    assert [(figure.unit, figure.target, figure.at_most) for figure in figures] == [
        ("s", 1.5, True),
        (RATIO, 1, False),
        ("of 4", 0, True),
        (RATIO, 20, False),
        ("ms", 60, True),
        ("of 1", 1e-4, True),
        (RATIO, 20, False),
    ]
    assert all(figure.value > 0 for figure in figures if figure.unit in (RATIO, "s", "ms"))
    assert figures[2].met
    assert figures[5].met


def test_a_process_says_what_it_imported() -> None:
    assert set(imported_frameworks()) >= {"tensorflow", "keras"}


def test_a_fresh_process_that_fails_is_no_measurement(clips: list[Path]) -> None:
    with pytest.raises(RunError, match=r"first_answer plain ended with status 2: expected 0"):
        answers._in_fresh_process("plain", clips[0], [])

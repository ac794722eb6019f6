"""Asking networks about the windows of a clip, a few at a time."""

import numpy as np
import pytest

from fsat_core.audio import FeatureSpec, extract, window_starts, windows
from fsat_core.prediction.predict import _nearest
from fsat_core.prediction.window_answers import WindowAnswers, cut_features

SPEC = FeatureSpec("wave", 8_000, 0.01)
NUM_CLASSES = 3


class Network:
    """Answers that follow from the features, and how many windows it was asked about at a time."""

    def __init__(self, num_members: int) -> None:
        self._weights = np.random.default_rng(num_members).random((num_members, NUM_CLASSES))
        self.asked: list[int] = []

    def __call__(self, features: np.ndarray) -> np.ndarray:
        self.asked.append(len(features))
        return features.std(axis=(1, 2)).astype(np.float64)[:, None, None] * self._weights


@pytest.fixture
def wave() -> np.ndarray:
    return np.random.default_rng(0).normal(size=10_000).astype(np.float32)


def test_answers_are_those_of_all_windows_at_once(wave: np.ndarray) -> None:
    networks = [Network(2), Network(3)]
    starts = window_starts([wave], SPEC.num_samples)
    features = extract(windows(wave, SPEC.num_samples), SPEC)
    expected = np.concatenate([network(features) for network in networks], axis=1)
    cut = cut_features([wave[:777], wave[777:]], SPEC, starts)
    answers = WindowAnswers(cut, len(starts), networks)
    for wanted in ([0, 0, 3], [3, 70, 70, 130], [130], [200]):
        np.testing.assert_array_equal(answers.at(np.array(wanted)), expected[wanted])
    np.testing.assert_array_equal(answers.mean(), expected.mean(axis=0))
    assert len(starts) == 249
    assert networks[0].asked == [249, 64, 64, 64, 57]


def test_silence_is_asked_about_once() -> None:
    network = Network(1)
    silence = np.zeros(20_000, np.float32)
    starts = window_starts([silence], SPEC.num_samples)
    answers = WindowAnswers(cut_features([silence], SPEC, starts), len(starts), [network])
    assert answers.mean().shape == (1, NUM_CLASSES)
    assert network.asked == [64, 51]


def test_long_windows_are_fewer_at_a_time() -> None:
    spec = FeatureSpec("wave", 192_000, 5.0)
    network = Network(1)
    wave = np.random.default_rng(0).normal(size=spec.num_samples * 8).astype(np.float32)
    starts = window_starts([wave], spec.num_samples)
    WindowAnswers(cut_features([wave], spec, starts), len(starts), [network]).mean()
    assert network.asked == [8, 7]


@pytest.mark.parametrize("num_times", [1, 2, 3, 50])
def test_the_nearest_time_is_the_earlier_of_two(num_times: int) -> None:
    rng = np.random.default_rng(num_times)
    for times in (np.arange(num_times) * 1.0, np.sort(rng.random(num_times)) * num_times):
        wanted = np.sort(np.concatenate([rng.random(40) * (num_times + 2) - 1, np.arange(num_times) + 0.5]))
        expected = np.abs(times[None, :] - wanted[:, None]).argmin(axis=1)
        np.testing.assert_array_equal(_nearest(times, wanted), expected)

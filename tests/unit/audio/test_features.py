"""Features, their specification, and the statistics that standardise them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fsat_core.audio import (
    FeatureSpec,
    Standardiser,
    extract,
    mfcc_batch,
    normalise_wave,
)
from fsat_core.errors import AudioError, ConfigError
from tests.helpers.signals import signals


def test_normalised_waves_fill_half_up_and_half_down_each_on_its_own() -> None:
    waves = np.stack([signals()["noise"], 1e-2 * signals()["tone"]])
    scaled = normalise_wave(waves)
    assert scaled.dtype == np.float32
    expected = (waves - waves.min(1, keepdims=True)) / (np.ptp(waves, axis=1)[:, None] + 1e-6) - 0.5
    np.testing.assert_allclose(scaled, expected, atol=1e-6)
    np.testing.assert_allclose(scaled.min(axis=1), -0.5)
    np.testing.assert_allclose(scaled.max(axis=1), 0.5, atol=1e-4)


def test_normalised_silence_is_finite() -> None:
    np.testing.assert_array_equal(normalise_wave(np.zeros((1, 5), np.float32)), np.full((1, 5), -0.5))


@pytest.mark.parametrize(
    ("spec", "shape"),
    [
        (FeatureSpec("wave", 16_000, 2.0), (32_000, 1)),
        (FeatureSpec("mfcc", 44_100, 2.0), (40, 173, 1)),
        (FeatureSpec("mfcc", 16_000, 1.5, n_mfcc=20, n_fft=1_024, hop_length=256), (20, 94, 1)),
    ],
)
def test_extract_has_the_shape_its_spec_tells(spec: FeatureSpec, shape: tuple[int, ...]) -> None:
    assert spec.input_shape == shape
    crops = 0.1 * np.random.default_rng(0).standard_normal((3, spec.num_samples)).astype(np.float32)
    features = extract(crops, spec)
    assert (features.shape, features.dtype) == ((3, *shape), np.float32)
    if spec.kind == "wave":
        expected = normalise_wave(crops)
    else:
        expected = mfcc_batch(crops, spec.sample_rate, spec.n_mfcc, spec.n_fft, spec.hop_length)
    np.testing.assert_array_equal(features[..., 0], expected)


def test_a_spec_survives_json() -> None:
    spec = FeatureSpec("mfcc", 22_050, 1.25, n_mfcc=30, n_fft=1_024, hop_length=300)
    assert FeatureSpec(**json.loads(json.dumps(spec.to_json()))) == spec


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"kind": "cqt"}, "cqt"),
        ({"sample_rate": 0}, "sample_rate=0"),
        ({"duration_s": -1.0}, "duration_s"),
        ({"duration_s": 1e-9}, "duration_s"),
        ({"n_mfcc": 129}, "n_mfcc=129"),
    ],
)
def test_an_impossible_spec_is_refused_by_name(change: dict[str, Any], named: str) -> None:
    values = {**FeatureSpec("mfcc", 44_100, 2.0).to_json(), **change}
    with pytest.raises(ConfigError, match=named):
        FeatureSpec(**values)


def test_statistics_standardise_each_coefficient_and_frame() -> None:
    # More clips than the fit takes at a time, and a mean far from 0.
    features = np.random.default_rng(0).normal(-400, 3, (700, 4, 5, 1)).astype(np.float32)
    standardiser = Standardiser.fit(features)
    assert standardiser.mean.shape == standardiser.std.shape == (4, 5, 1)
    np.testing.assert_allclose(standardiser.mean, features.astype(np.float64).mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(standardiser.std, features.astype(np.float64).std(axis=0), rtol=1e-5)
    scaled = standardiser.apply(features)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-4)


def test_a_value_that_never_changes_does_not_divide_by_zero() -> None:
    features = np.full((3, 2, 2, 1), -100, np.float32)
    np.testing.assert_array_equal(Standardiser.fit(features).apply(features), np.zeros_like(features))


def test_statistics_of_nothing_are_an_error() -> None:
    with pytest.raises(AudioError, match="no clips"):
        Standardiser.fit(np.zeros((0, 2, 2, 1), np.float32))


def test_statistics_are_the_same_after_saving(tmp_path: Path) -> None:
    standardiser = Standardiser.fit(np.random.default_rng(0).normal(size=(9, 2, 3, 1)).astype(np.float32))
    standardiser.save(tmp_path / "statistics.npz")
    loaded = Standardiser.load(tmp_path / "statistics.npz")
    np.testing.assert_array_equal(loaded.mean, standardiser.mean)
    np.testing.assert_array_equal(loaded.std, standardiser.std)
    assert loaded.mean.dtype == np.float32

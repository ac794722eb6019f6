"""Augmentations: what is mixed or masked, and what stays."""

import numpy as np
import pytest
from scipy.stats import beta

from fsat_core.training.augment import mask_waves, mixup, spectrogram_masks

TIME_S = np.arange(8_000) / 8_000
TONES = np.stack([np.sin(2 * np.pi * hz * TIME_S) for hz in (200, 500, 900)]).astype(np.float32)
LEVELS = np.array([[0.5], [0.05], [0.2]], dtype=np.float32)
TARGETS = np.eye(3, dtype=np.float32)


def shares(waves: np.ndarray) -> np.ndarray:
    """How much of each tone is in each wave, relative to the loudest of the wave."""
    amounts = np.abs(waves @ TONES.T)
    return amounts / amounts.max(axis=1, keepdims=True)


def test_mixup_mixes_sounds_and_targets_in_one_proportion() -> None:
    mixed, targets = mixup(LEVELS * TONES, TARGETS, 0.4, np.random.default_rng(1))
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    assert (targets.argmax(axis=1) == [0, 1, 2]).all(), "each clip keeps the larger share"
    assert (targets.max(axis=1) < 1).any()
    np.testing.assert_allclose(shares(mixed), targets / targets.max(axis=1, keepdims=True), atol=1e-4)


@pytest.mark.parametrize("alpha", [0.1, 1, 10])
def test_the_proportion_of_a_mix_follows_from_alpha(alpha: float) -> None:
    """The larger of s and 1 - s, where s is of Beta(alpha, alpha)."""
    num_clips = 1_000
    targets = np.eye(num_clips, dtype=np.float32)
    _, mixed = mixup(np.ones((num_clips, 1), np.float32), targets, alpha, np.random.default_rng(0))
    found = np.quantile(mixed.max(axis=1), [0.25, 0.5, 0.75])
    np.testing.assert_allclose(found, beta.ppf([0.625, 0.75, 0.875], alpha, alpha), atol=0.03)


def test_mixup_leaves_each_clip_about_as_loud_as_it_was() -> None:
    mixed, _ = mixup(LEVELS * TONES, TARGETS, 0.4, np.random.default_rng(1))
    loudness = np.sqrt(np.square(mixed).mean(axis=1)) / np.sqrt(np.square(LEVELS * TONES).mean(axis=1))
    assert ((loudness > 0.69) & (loudness < 1.001)).all()


def test_mixup_of_silence_is_finite() -> None:
    waves = np.zeros((4, 100), dtype=np.float32)
    waves[0] = 0.3
    mixed, _ = mixup(waves, np.eye(4, dtype=np.float32), 0.4, np.random.default_rng(0))
    assert np.isfinite(mixed).all()
    assert (mixed[1:] == 0).all()


@pytest.mark.parametrize("num_masks", [0, 2])
def test_masked_waves_are_silent_in_stretches(num_masks: int) -> None:
    waves = np.ones((50, 1_000), dtype=np.float32)
    mask_waves(waves, num_masks, np.random.default_rng(0))
    silent = (waves == 0).mean(axis=1)
    assert silent.max() <= 0.2 * num_masks
    assert (silent.mean() > 0.05) == (num_masks > 0)
    edges = np.abs(np.diff(waves, axis=1)).sum(axis=1)
    assert edges.max() <= 2 * num_masks


def test_spectrogram_masks_cover_frames_and_bands_with_the_mean() -> None:
    rng = np.random.default_rng(0)
    decibels = rng.normal(-40, 10, size=(173, 128)).astype(np.float32)
    before = decibels.copy()
    spectrogram_masks(1, rng)(decibels)
    changed = decibels != before
    assert np.unique(decibels[changed]).size == 1
    np.testing.assert_allclose(decibels[changed][0], before.mean(), rtol=1e-4)
    frames, bands = changed.all(axis=1), changed.all(axis=0)
    assert 0 < frames.sum() <= 0.2 * 173
    assert 0 < bands.sum() <= 0.2 * 128
    assert (changed == (frames[:, None] | bands[None, :])).all()

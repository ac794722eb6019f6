"""Batches for training and prediction: complete, seeded, and the same whatever the batch size."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from fsat_core.audio import FeatureCache, FeatureSpec, Standardiser, build_cache
from fsat_core.audio.features import pad_batch, standardise
from fsat_core.config.train_config import TrainConfig
from fsat_core.training.batches import ClipBatches, Examples, predict_windows

SPECS = {
    "mfcc": FeatureSpec("mfcc", sample_rate=8_000, duration_s=0.25, n_mfcc=8),
    "wave": FeatureSpec("wave", sample_rate=8_000, duration_s=0.25),
}


@pytest.fixture
def cache(request: pytest.FixtureRequest, kaggle_set: Path, tmp_path: Path) -> FeatureCache:
    """14 clips of two windows at least, as MFCCs unless a test asks for waves."""
    clips = [(f"curated/{path.name}", path) for path in sorted((kaggle_set / "train_curated").iterdir())]
    return build_cache(clips, SPECS[getattr(request, "param", "mfcc")], tmp_path / "cache")


both_kinds = pytest.mark.parametrize("cache", ["mfcc", "wave"], indirect=True)
wave_only = pytest.mark.parametrize("cache", ["wave"], indirect=True)


def make_batches(
    cache: FeatureCache,
    seed: int = 0,
    shuffle: bool = True,
    standardiser: Standardiser | None = None,
    weights: np.ndarray | None = None,
    clip_ids: list[str] | None = None,
    **settings: Any,
) -> ClipBatches:
    """Batches of 4 whose targets are the clips' numbers, so that each row says which clip it is."""
    clip_ids = cache.clip_ids if clip_ids is None else clip_ids
    targets = np.arange(len(clip_ids), dtype=np.float32)[:, None]
    weights = np.ones(len(clip_ids), dtype=np.float32) if weights is None else weights
    config = TrainConfig.from_recipe(f"{cache.spec.kind}_cnn", batch_size=4, **settings)
    examples = Examples(clip_ids, targets, weights)
    return ClipBatches(cache, examples, standardiser, config, seed=seed, shuffle=shuffle)


def read_epoch(batches: ClipBatches, epoch: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """All features and clip numbers of an epoch."""
    batches.start_epoch(epoch)
    parts = [batches[index] for index in range(batches.num_batches)]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1][:, 0] for part in parts])


@both_kinds
def test_an_epoch_has_every_clip_once(cache: FeatureCache) -> None:
    batches = make_batches(cache)
    assert batches.num_batches == 4
    assert [len(batches[index][0]) for index in range(4)] == [4, 4, 4, 2]
    features, clips = read_epoch(batches)
    assert sorted(clips) == list(range(14))
    assert features.shape == (14, *cache.spec.input_shape)
    assert features.dtype == np.float32


def test_targets_belong_to_their_clips(cache: FeatureCache) -> None:
    features, clips = read_epoch(make_batches(cache))
    expected = cache.crops(clips.astype(int), np.random.default_rng(0))
    np.testing.assert_array_equal(features, expected)


def test_each_epoch_has_a_new_order(cache: FeatureCache) -> None:
    batches = make_batches(cache)
    orders = [read_epoch(batches, epoch)[1].tolist() for epoch in range(3)]
    assert orders[0] != orders[1] != orders[2]
    assert orders[0] != sorted(orders[0])


@wave_only
def test_each_epoch_crops_waves_anew(cache: FeatureCache) -> None:
    batches = make_batches(cache, seed=1)  # with seed 0 one clip happens to be cut at one place twice
    first, clips = read_epoch(batches)
    second, again = read_epoch(batches, 1)
    first, second = first[np.argsort(clips)], second[np.argsort(again)]
    assert not any(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@both_kinds
def test_everything_follows_from_the_seed(cache: FeatureCache) -> None:
    one, same, other = make_batches(cache, 5), make_batches(cache, 5), make_batches(cache, 6)
    for epoch in range(2):
        features, clips = read_epoch(one, epoch)
        same_features, same_clips = read_epoch(same, epoch)
        np.testing.assert_array_equal(features, same_features)
        np.testing.assert_array_equal(clips, same_clips)
        assert not np.array_equal(clips, read_epoch(other, epoch)[1])


@both_kinds
def test_validation_is_the_same_in_every_epoch(cache: FeatureCache) -> None:
    batches = make_batches(cache, shuffle=False)
    first, clips = read_epoch(batches)
    second, _ = read_epoch(batches, 1)
    assert clips.tolist() == list(range(14))
    np.testing.assert_array_equal(first, second)


def test_statistics_are_applied(cache: FeatureCache) -> None:
    plain, _ = read_epoch(make_batches(cache))
    standardiser = Standardiser.fit(plain)
    features, _ = read_epoch(make_batches(cache, standardiser=standardiser))
    np.testing.assert_allclose(features, (plain - standardiser.mean) / standardiser.std, rtol=1e-5)
    np.testing.assert_array_equal(standardise(plain, None), plain)


@both_kinds
@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_prediction_is_the_mean_over_all_windows(cache: FeatureCache, batch_size: int) -> None:
    inputs = keras.Input(cache.spec.input_shape)
    axes = list(range(1, len(cache.spec.input_shape) + 1))
    top = keras.ops.max(inputs, axis=axes)
    model = keras.Model(inputs, keras.ops.stack([top, keras.ops.mean(inputs, axis=axes)], axis=1))
    clip_ids = cache.clip_ids[::-1]

    rows = predict_windows(model, cache, clip_ids, None, batch_size)

    windows = [cache.windows(clip_id) for clip_id in clip_ids]
    assert min(map(len, windows)) >= 2
    expected = [[w.max(axis=tuple(axes)).mean(), w.mean()] for w in windows]
    np.testing.assert_allclose(rows, expected, rtol=1e-4, atol=1e-5)
    assert rows.dtype == np.float32


def test_no_clips_no_predictions(cache: FeatureCache) -> None:
    inputs = keras.Input(cache.spec.input_shape)
    model = keras.Model(inputs, keras.ops.mean(inputs, axis=[2, 3]))
    assert predict_windows(model, cache, [], None, 4).shape == (0, 8)


def test_a_batch_is_padded_with_zeros() -> None:
    features = np.ones((2, 3, 1), np.float32)
    padded = pad_batch(features, 4)
    assert padded.shape == (4, 3, 1)
    np.testing.assert_array_equal(padded[:2], features)
    assert not padded[2:].any()
    assert pad_batch(features, 2) is features


def test_weights_follow_their_clips(cache: FeatureCache) -> None:
    weights = np.linspace(0.1, 1, 14, dtype=np.float32)
    batches = make_batches(cache, weights=weights)
    for index in range(batches.num_batches):
        _, clips, batch_weights = batches[index]
        np.testing.assert_array_equal(batch_weights, weights[clips[:, 0].astype(int)])


@wave_only
def test_mixed_clips_have_mixed_weights(cache: FeatureCache) -> None:
    weights = np.arange(1, 15, dtype=np.float32)  # the target plus 1, and so in every mixture
    batches = make_batches(cache, weights=weights, mixup=0.4)
    for index in range(batches.num_batches):
        _, clips, batch_weights = batches[index]
        np.testing.assert_allclose(batch_weights, clips[:, 0] + 1, rtol=1e-5)


@pytest.fixture
def both_splits(kaggle_set: Path, tmp_path: Path) -> FeatureCache:
    """Curated and noisy clips."""
    clips = [
        (f"{split}/{path.name}", path)
        for split in ("curated", "noisy")
        for path in sorted((kaggle_set / f"train_{split}").iterdir())
    ]
    return build_cache(clips, SPECS["mfcc"], tmp_path / "cache")


def test_the_last_epochs_hold_curated_clips_alone(both_splits: FeatureCache) -> None:
    clip_ids = both_splits.clip_ids
    num_curated = sum(clip_id.startswith("curated/") for clip_id in clip_ids)
    assert 0 < num_curated < len(clip_ids)
    batches = make_batches(both_splits, splits=("curated", "noisy"), max_epochs=3, curated_epochs=1)
    for epoch in range(2):
        assert sorted(read_epoch(batches, epoch)[1]) == list(range(len(clip_ids)))
    _, clips = read_epoch(batches, 2)
    assert len(clips) == len(clip_ids)  # as long as the others, for the schedule of the learning rate
    assert set(clips[:num_curated].astype(int)) == set(range(num_curated))
    assert set(clips.astype(int)) == set(range(num_curated))


@wave_only
def test_crops_are_played_at_other_speeds_in_training_alone(cache: FeatureCache) -> None:
    plain, faster = make_batches(cache)[0][0], make_batches(cache, speed=0.3)[0][0]
    assert faster.shape == plain.shape
    assert not np.allclose(faster, plain)
    validation = [make_batches(cache, shuffle=False, speed=speed)[0][0] for speed in (0.0, 0.3)]
    np.testing.assert_array_equal(validation[0], validation[1])

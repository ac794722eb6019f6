"""What every pretrained network promises to the rest of the program."""

from pathlib import Path

import numpy as np
import pytest

from fsat_core.embedding import (
    YAMNET,
    Embedder,
    EmbedderSpec,
    hear_windows,
    load_embedder,
    mean_heard,
)
from tests.helpers.embedders import LEND, TINY, hear_clip


@pytest.fixture(scope="module", params=[TINY, YAMNET], ids=lambda spec: spec.name)
def spec(request: pytest.FixtureRequest) -> EmbedderSpec:
    return request.param


@pytest.fixture(scope="module")
def embedder(spec: EmbedderSpec, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    cache_dir: Path = tmp_path_factory.mktemp("cache")
    LEND[spec.name](cache_dir)
    return load_embedder(spec, cache_dir)


def noise(embedder: Embedder, num_windows: float, seed: int = 0) -> np.ndarray:
    num_samples = round(embedder.window_samples + (num_windows - 1) * embedder.hop_samples)
    return np.random.default_rng(seed).normal(0, 0.1, num_samples).astype(np.float32)


def test_it_is_what_its_specification_says(embedder: Embedder, spec: EmbedderSpec) -> None:
    for name in ("name", "version", "sample_rate", "window_samples", "hop_samples", "dimension"):
        assert getattr(embedder, name) == getattr(spec, name)
    assert len(embedder.class_names) == spec.num_classes == len(set(embedder.class_names))


@pytest.mark.parametrize(("length", "num_windows"), [(1, 1), (2, 2), (2.4, 3), (40, 40), (0.1, 1)])
def test_it_hears_windows(embedder: Embedder, spec: EmbedderSpec, length: float, num_windows: int) -> None:
    wave = noise(embedder, length)
    heard = hear_clip(embedder, [wave])
    assert heard.embeddings.shape == (num_windows, spec.dimension)
    assert heard.scores.shape == (num_windows, spec.num_classes)
    assert heard.embeddings.dtype == heard.scores.dtype == np.float32
    assert np.isfinite(heard.embeddings).all()
    assert (heard.scores >= 0).all()
    assert (heard.scores <= 1).all()
    assert spec.num_windows(len(wave)) == num_windows


def test_blocks_change_nothing(embedder: Embedder) -> None:
    wave = noise(embedder, 70.3)
    whole = hear_clip(embedder, [wave])
    parts = hear_clip(embedder, np.split(wave, [1, 1_000, 1_001, len(wave) // 2]))
    for a, b in zip(whole, parts, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_a_window_hears_what_lies_in_it(embedder: Embedder) -> None:
    wave = noise(embedder, 5)
    start = 2 * embedder.hop_samples
    alone = embedder.hear(wave[start : start + embedder.window_samples])
    np.testing.assert_allclose(embedder.hear(wave).embeddings[2], alone.embeddings[0], atol=1e-5)


def test_level_does_not_matter(embedder: Embedder) -> None:
    wave = noise(embedder, 3)
    loud, quiet = (mean_heard(hear_windows(embedder, [wave * gain])) for gain in (1.0, 0.05))
    np.testing.assert_allclose(loud.embeddings, quiet.embeddings, atol=1e-4)


def test_silence_at_the_end_does_not_matter(embedder: Embedder) -> None:
    wave = noise(embedder, 4)
    padded = np.pad(wave, (0, 20 * embedder.window_samples))
    short, long = (hear_clip(embedder, [samples]) for samples in (wave, padded))
    assert not long.embeddings[8:].any()
    assert not long.scores[8:].any()
    np.testing.assert_allclose(short.embeddings[:3], long.embeddings[:3], atol=1e-5)


@pytest.mark.parametrize("blocks", [[np.zeros(100, np.float32)], [np.empty(0, np.float32)], []])
def test_a_silent_or_empty_clip_is_heard(embedder: Embedder, blocks: list[np.ndarray]) -> None:
    means = mean_heard(hear_windows(embedder, blocks))
    assert np.isfinite(means.embeddings).all()
    assert means.scores.shape == (len(embedder.class_names),)


def test_long_clips_come_in_parts(embedder: Embedder) -> None:
    wave = noise(embedder, 100)
    parts = list(hear_windows(embedder, [wave]))
    assert len(parts) > 2
    assert sum(len(part.scores) for part in parts) == 100

"""What a network on embeddings reads of a clip: its windows, less silent ones, as in an upload."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from fsat_core.audio.blocks import MonoWave
from fsat_core.audio.features import EMBEDDING_RATE, EMBEDDING_SAMPLES, EMBEDDING_SIZE, FeatureSpec
from fsat_core.dataset import open_dataset, scan
from fsat_core.embedding import YAMNET, HeardClips, build_store, locate, survey_clip
from fsat_core.errors import AudioError
from fsat_core.prediction.window_answers import heard_features
from tests.helpers.embedders import TINY, TinyEmbedder

SPEC = FeatureSpec("embedding", EMBEDDING_RATE, EMBEDDING_SAMPLES / EMBEDDING_RATE)
PAUSE, HIDDEN, BROKEN = "curated/bark_0.wav", "curated/bark_1.wav", "curated/bark_2.wav"


def write(folder: Path, clip_id: str, samples: np.ndarray) -> None:
    sf.write(folder / "train_curated" / Path(clip_id).name, samples, TINY.sample_rate, subtype="FLOAT")


@pytest.fixture
def clips(kaggle_set: Path, tmp_path: Path) -> HeardClips:
    """The clips of the small set; of three, one has a pause, one ends with a click, and one is no sound."""
    noise = np.random.default_rng(0).normal(0, 0.1, 4_000)
    write(kaggle_set, PAUSE, np.concatenate([noise, np.zeros(8_000), noise]))
    write(kaggle_set, HIDDEN, np.concatenate([np.zeros(TINY.window_samples), [0.9]]))
    (kaggle_set / "train_curated" / "bark_2.wav").write_bytes(b"none")
    dataset = open_dataset(kaggle_set)
    catalogue = scan(dataset, tmp_path)
    store = build_store(locate(dataset, catalogue, tmp_path, TINY), tmp_path, num_processes=1)
    return HeardClips(SPEC, store, [*catalogue["clip_id"], "curated/new.wav"], {BROKEN: "no sound"})


def windows(clips: HeardClips, clip_id: str, size: int = 7) -> np.ndarray:
    parts = list(clips.window_batches(clip_id, size))
    assert all(0 < len(part) <= size for part in parts)
    return np.concatenate(parts)


def test_the_input_is_that_of_yamnet() -> None:
    assert (YAMNET.sample_rate, YAMNET.window_samples, YAMNET.dimension) == (
        EMBEDDING_RATE,
        EMBEDDING_SAMPLES,
        EMBEDDING_SIZE,
    )


def test_silent_windows_are_left_out(clips: HeardClips) -> None:
    heard = windows(clips, PAUSE)
    assert len(heard) == 20  # ten on either side of the pause
    assert heard.any(axis=1).all()
    drawn = clips.crops([PAUSE] * 200, np.random.default_rng(0))
    assert drawn.dtype == np.float32
    assert {row.tobytes() for row in drawn} == {row.tobytes() for row in heard}


def test_each_draw_is_another_window(clips: HeardClips) -> None:
    rng = np.random.default_rng(0)
    assert not np.array_equal(clips.crops([PAUSE] * 9, rng), clips.crops([PAUSE] * 9, rng))


@pytest.mark.parametrize("clip_id", [PAUSE, HIDDEN, "curated/meow_0.wav", "test/test_bark.wav"])
def test_an_upload_is_heard_as_a_stored_clip(clips: HeardClips, kaggle_set: Path, clip_id: str) -> None:
    split, fname = clip_id.split("/")
    path = kaggle_set / {"curated": "train_curated", "test": "test"}[split] / fname
    embedder, blocks = TinyEmbedder(), MonoWave(path).at(TINY.sample_rate)
    survey = survey_clip(embedder, blocks)
    heard = np.concatenate(list(heard_features(embedder, blocks, survey)))
    np.testing.assert_array_equal(heard, windows(clips, clip_id))
    assert len(survey.heard) == len(heard)


def test_clips_that_cannot_be_heard_say_why(clips: HeardClips) -> None:
    assert clips.errors[BROKEN] == "no sound"
    assert set(clips.errors) == {BROKEN, "curated/new.wav"}
    with pytest.raises(AudioError, match=r"bark_2\.wav: cannot be heard; leave it out \(no sound\)"):
        clips.crops([BROKEN], np.random.default_rng(0))

"""MFCCs against librosa's."""

from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile

from fsat_core.audio import mfcc, mfcc_batch
from fsat_core.errors import AudioError
from tests.helpers.signals import NUM_SAMPLES, RATE, signals

ESC10 = Path(__file__).parents[4] / "shared" / "data" / "esc10" / "audio"


@pytest.mark.parametrize("name", signals())
def test_mfcc_is_librosas(name: str) -> None:
    wave = signals()[name]
    ours = mfcc(wave, RATE)
    assert (ours.shape, ours.dtype) == ((40, 173), np.float32)
    np.testing.assert_allclose(ours, librosa.feature.mfcc(y=wave, sr=RATE, n_mfcc=40), rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    ("sample_rate", "num_samples", "n_mfcc", "n_fft", "hop_length"),
    [
        (16_000, 32_000, 20, 2_048, 512),
        (44_100, 60_001, 128, 2_048, 441),
        (22_050, 20_480, 13, 4_096, 1_024),
        (44_100, 88_200, 40, 2_048, 4_000),
    ],
)
def test_mfcc_is_librosas_for_other_settings(
    sample_rate: int, num_samples: int, n_mfcc: int, n_fft: int, hop_length: int
) -> None:
    wave = signals()["sweep"][:num_samples]
    expected = librosa.feature.mfcc(y=wave, sr=sample_rate, n_mfcc=n_mfcc, n_fft=n_fft, hop_length=hop_length)
    ours = mfcc(wave, sample_rate, n_mfcc, n_fft, hop_length)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-3)


@pytest.mark.skipif(not ESC10.is_dir(), reason="no ESC-10 clips beside the repository")
def test_mfcc_is_librosas_on_real_clips() -> None:
    for path in sorted(ESC10.glob("*.ogg"))[::8]:
        wave, sample_rate = soundfile.read(path, frames=NUM_SAMPLES, dtype="float32")
        expected = librosa.feature.mfcc(y=wave, sr=sample_rate, n_mfcc=40)
        np.testing.assert_allclose(mfcc(wave, sample_rate), expected, rtol=0, atol=1e-3, err_msg=path.name)


def test_a_clip_does_not_depend_on_its_batch_mates() -> None:
    waves = np.stack(list(signals().values()))
    together = mfcc_batch(waves, RATE)
    for wave, coefficients in zip(waves, together, strict=True):
        np.testing.assert_array_equal(coefficients, mfcc(wave, RATE))


def test_a_clip_shorter_than_one_transform_has_features() -> None:
    assert np.isfinite(mfcc(signals()["noise"][:100], RATE)).all()


@pytest.mark.parametrize("wave", [np.zeros(0), np.array([0.0, np.nan]), np.array([np.inf, 0.0])])
def test_mfcc_refuses_what_has_none(wave: np.ndarray) -> None:
    with pytest.raises(AudioError, match="expected"):
        mfcc(wave.astype(np.float32), RATE)

"""What is read from a feature cache: windows, and crops that are new each time or always the same."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from fsat_core.audio import FeatureSpec, build_cache, extract, read_mono, windows
from fsat_core.errors import AudioError

RATE = 8_000
WAVE = FeatureSpec("wave", RATE, 0.5)
MFCC = FeatureSpec("mfcc", RATE, 0.5, n_mfcc=13, n_fft=512, hop_length=128)
SPECS = pytest.mark.parametrize("spec", [WAVE, MFCC], ids=["wave", "mfcc"])
Clips = list[tuple[str, Path]]


@SPECS
def test_windows_are_those_of_the_clip(clips: Clips, tmp_path: Path, spec: FeatureSpec) -> None:
    built = build_cache(clips, spec, tmp_path / "cache")
    for clip_id, path in clips:
        expected = extract(windows(read_mono(path)[0], spec.num_samples), spec)
        stored = built.windows(clip_id)
        assert (stored.shape, stored.dtype) == (expected.shape, np.float32)
        np.testing.assert_allclose(stored, expected, atol=1e-4 if spec.kind == "wave" else 0)


@SPECS
def test_crops_are_asked_for_by_id_or_index(clips: Clips, tmp_path: Path, spec: FeatureSpec) -> None:
    built = build_cache(clips, spec, tmp_path / "cache")
    ids = ["curated/4.wav", "curated/0.wav", "curated/4.wav"]
    by_id = built.crops(ids, np.random.default_rng(1))
    assert (by_id.shape, by_id.dtype) == ((3, *spec.input_shape), np.float32)
    np.testing.assert_array_equal(by_id, built.crops(np.array([4, 0, 4]), np.random.default_rng(1)))
    exact = extract(read_mono(clips[0][1])[0][np.newaxis], spec)[0]  # as long as the window: one crop only
    np.testing.assert_allclose(by_id[1], exact, atol=1e-4)


def test_waves_are_cropped_anew_each_time(clips: Clips, tmp_path: Path) -> None:
    built = build_cache(clips, WAVE, tmp_path / "cache")
    rng = np.random.default_rng(0)
    crops = [built.crops(["curated/4.wav"], rng)[0, :, 0] for _ in range(5)]
    assert len({crop.tobytes() for crop in crops}) == 5
    wave = read_mono(clips[4][1])[0]
    for crop in crops:  # each is a piece of the clip, but for level and offset
        centred = crop - crop.mean()
        start = int(np.correlate(wave, centred).argmax())
        assert np.corrcoef(wave[start : start + WAVE.num_samples], crop)[0, 1] > 0.9999


def test_a_short_wave_is_padded_at_random_places(clips: Clips, tmp_path: Path) -> None:
    built = build_cache(clips, WAVE, tmp_path / "cache")
    crops = built.crops([1] * 20, np.random.default_rng(0))[..., 0]
    padding = [crop[0] if crop[0] == crop[1] else crop[-1] for crop in crops]
    sound = [np.flatnonzero(crop != value) for crop, value in zip(crops, padding, strict=True)]
    assert len({places[0] for places in sound}) > 10
    assert all(1_490 <= places[-1] - places[0] + 1 <= 1_500 for places in sound)


def test_every_run_sees_the_same_mfcc_crop_of_a_clip(clips: Clips, tmp_path: Path) -> None:
    long = clips[4][1]
    first = build_cache([*clips, ("other", long)], MFCC, tmp_path / "first")
    second = build_cache([clips[4]], MFCC, tmp_path / "second")
    crop = first.crops(["curated/4.wav"], np.random.default_rng(0))
    np.testing.assert_array_equal(crop, first.crops(["curated/4.wav"], np.random.default_rng(9)))
    np.testing.assert_array_equal(crop, second.crops(["curated/4.wav"], np.random.default_rng(1)))
    assert np.abs(crop - first.crops(["other"], np.random.default_rng(0))).max() > 1  # its own offset


@pytest.mark.parametrize("asked", [["curated/none.wav"], [10], [-1]])
def test_an_unknown_clip_is_an_error(clips: Clips, tmp_path: Path, asked: list[str] | list[int]) -> None:
    built = build_cache(clips, WAVE, tmp_path / "cache")
    with pytest.raises(AudioError, match="not among the 10 clips"):
        built.crops(asked, np.random.default_rng(0))


def test_wave_crops_at_other_speeds(tmp_path: Path) -> None:
    """Of tones, which speed alone can change the pitch of."""
    path = tmp_path / "tone.wav"
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * 1_000 * np.arange(3 * RATE) / RATE), RATE)
    tones = build_cache([("curated/tone.wav", path)], WAVE, tmp_path / "cache")

    def pitches_hz(max_speed: float) -> np.ndarray:
        crops = tones.cut(tones.draw_crops([0] * 40, np.random.default_rng(0), max_speed))
        assert crops.shape == (40, WAVE.num_samples)
        return np.abs(np.fft.rfft(crops)).argmax(axis=1) * RATE / WAVE.num_samples

    assert set(pitches_hz(0)) == {1_000}
    faster_and_slower = pitches_hz(0.2)
    assert np.exp(-0.2) * 1_000 - 3 < faster_and_slower.min() < 880
    assert 1_130 < faster_and_slower.max() < np.exp(0.2) * 1_000 + 3


def test_wave_crops_can_skip_silence(tmp_path: Path) -> None:
    wave = np.full(16_000 * 10, 2e-6, dtype=np.float32)  # 74 dB below the peak
    wave[:800] = 1e-2 * np.sin(np.arange(800))
    wave[-800:] = 3e-5  # 50 dB below it
    path = tmp_path / "mostly_silent.wav"
    soundfile.write(path, wave, 16_000, subtype="FLOAT")
    cache = build_cache([("a", path)], WAVE, tmp_path / "cache")
    rng = np.random.default_rng(0)
    plain, heard = (cache.cut(cache.draw_crops([0] * 40, rng, skip_silence=skip)) for skip in (False, True))
    assert (np.abs(plain).max(axis=1) < 1e-5).any()
    peaks = np.abs(heard).max(axis=1)
    assert (peaks > 1e-5).all()
    assert (peaks < 1e-4).any(), "what is faint beside the peak is heard, too"

"""Crops and windows."""

import numpy as np
import pytest

from fsat_core.audio import crop_or_pad, window_starts, windows
from fsat_core.audio.windows import crop_blocks, cut, cut_windows, draw_heard_offset, stretch


def counting(num_samples: int) -> np.ndarray:
    """1, 2, 3, …: every sample tells where it came from, and none is the 0 of padding."""
    return np.arange(1, num_samples + 1, dtype=np.float32)


def test_a_long_wave_is_cut_at_every_offset() -> None:
    rng = np.random.default_rng(0)
    crops = [crop_or_pad(counting(13), 10, rng) for _ in range(100)]
    assert {crop[0] for crop in crops} == {1, 2, 3, 4}
    assert all((np.diff(crop) == 1).all() for crop in crops)


def test_a_short_wave_is_padded_at_every_offset() -> None:
    rng = np.random.default_rng(0)
    crops = [crop_or_pad(counting(7), 10, rng) for _ in range(100)]
    assert {int(np.flatnonzero(crop)[0]) for crop in crops} == {0, 1, 2, 3}
    for crop in crops:
        np.testing.assert_array_equal(crop[crop != 0], counting(7))


@pytest.mark.parametrize("length", [0, 3, 10, 25])
def test_a_crop_has_the_length_asked_for_and_the_dtype_given(length: int) -> None:
    for dtype in (np.float32, np.int16):
        crop = crop_or_pad(counting(length).astype(dtype), 10, np.random.default_rng(0))
        assert (crop.shape, crop.dtype) == ((10,), dtype)


def test_the_same_seed_gives_the_same_crop() -> None:
    first, second = (crop_or_pad(counting(1_000), 10, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_crop_is_a_copy() -> None:
    wave = counting(10)
    crop_or_pad(wave, 10, np.random.default_rng(0))[:] = 0
    assert wave[0] == 1


def crops_heard(wave: np.ndarray) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [cut(wave, draw_heard_offset(wave, 10, 5, rng), 10) for _ in range(300)]


def test_a_crop_is_drawn_where_something_is_heard() -> None:
    wave = np.zeros(1_000, dtype=np.int16)
    wave[400], wave[700:] = -9, 3  # the latter are below the floor
    crops = crops_heard(wave)
    assert all((crop == -9).sum() == 1 for crop in crops)
    assert {int(np.flatnonzero(crop == -9)[0]) for crop in crops} == set(range(10))


def test_a_crop_ends_with_the_wave_that_is_heard_at_its_end() -> None:
    wave = np.append(np.zeros(999), 9)
    assert all(crop[-1] == 9 for crop in crops_heard(wave))


def test_where_every_crop_is_heard_all_are_drawn_alike() -> None:
    wave = counting(15) + 10
    drawn, heard = np.random.default_rng(0), crops_heard(wave)
    assert all((crop == crop_or_pad(wave, 10, drawn)).all() for crop in heard)


@pytest.mark.parametrize("wave", [np.zeros(100), np.zeros(3), np.ones(100)], ids=["silent", "short", "faint"])
def test_a_wave_that_is_silent_all_through_is_cropped_all_the_same(wave: np.ndarray) -> None:
    assert all(crop.shape == (10,) for crop in crops_heard(wave))


@pytest.mark.parametrize(
    ("num_frames", "starts"),
    [
        (0, [0]),
        (3, [0]),
        (10, [0]),
        (11, [0, 1]),
        (15, [0, 5]),
        (16, [0, 5, 6]),
        (20, [0, 5, 10]),
        (23, [0, 5, 10, 13]),
    ],
)
def test_windows_overlap_by_half_and_end_with_the_clip(num_frames: int, starts: list[int]) -> None:
    np.testing.assert_array_equal(window_starts([counting(num_frames)], 10), starts)


def test_windows_hold_the_samples_at_their_starts() -> None:
    wave = counting(23)
    cut = windows(wave, 10)
    assert cut.shape == (4, 10)
    for window, start in zip(cut, window_starts([wave], 10), strict=True):
        np.testing.assert_array_equal(window, wave[start : start + 10])


def test_silent_windows_are_left_out() -> None:
    rng = np.random.default_rng(0)
    sound = rng.normal(size=100)
    silence = np.zeros(100)
    wave = np.concatenate([silence, sound, silence, 1e-2 * sound, 1e-4 * sound])
    starts = window_starts([wave], 100).tolist()
    assert starts == [50, 100, 150, 250, 300, 350]  # 40 dB below the loudest is heard, 80 dB is not
    assert len(windows(wave, 100)) == len(starts)
    assert window_starts([np.zeros(300)], 100).tolist() == [0, 50, 100, 150, 200]
    some = list(cut_windows([wave], 100, np.array([0, 400])))
    np.testing.assert_array_equal(some, [silence, 1e-4 * sound])


@pytest.mark.parametrize("size", [1, 3, 10, 50])
@pytest.mark.parametrize("length", [0, 3, 9, 10, 11, 15, 16, 20, 23, 97])
def test_windows_do_not_hang_on_blocks(length: int, size: int) -> None:
    rng = np.random.default_rng(length)
    wave = (rng.normal(size=length) * rng.choice([1, 1e-5], length)).astype(np.float32)
    blocks = [wave[start : start + size] for start in range(0, length, size)]
    for num_samples in (1, 4, 9, 10):
        starts = window_starts(blocks, num_samples)
        np.testing.assert_array_equal(starts, window_starts([wave], num_samples))
        np.testing.assert_array_equal(
            list(cut_windows(blocks, num_samples, starts)), windows(wave, num_samples)
        )


@pytest.mark.parametrize("size", [1, 4, 50])
def test_crops_do_not_hang_on_blocks(size: int) -> None:
    for length in (0, 7, 10, 11, 48):
        wave = counting(length)
        blocks = [wave[start : start + size] for start in range(0, length, size)]
        whole, in_blocks = np.random.default_rng(3), np.random.default_rng(3)
        for _ in range(20):
            crop = crop_blocks(blocks, length, 10, in_blocks)
            np.testing.assert_array_equal(crop, crop_or_pad(wave, 10, whole))


def test_windows_cover_every_sample() -> None:
    for length in range(1, 60):
        assert set(counting(length)) <= set(windows(counting(length), 7).ravel())


def test_a_short_clip_is_one_centred_window() -> None:
    np.testing.assert_array_equal(windows(counting(3), 8), [[0, 0, 1, 2, 3, 0, 0, 0]])


def test_a_stretched_tone_has_another_pitch() -> None:
    tone = np.sin(2 * np.pi * 100 * np.arange(8_000) / 8_000)
    for num_samples in (4_000, 8_000, 16_000):
        stretched = stretch(tone, num_samples)
        assert len(stretched) == num_samples
        spectrum = np.abs(np.fft.rfft(stretched))
        assert abs(spectrum.argmax() - 100) <= 1  # the same cycles in fewer or more samples
        assert abs(stretched).max() <= 1

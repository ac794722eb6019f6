"""Copies of a recording are found, and nothing else."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import soxr

from fsat_core.embedding.copies import Copy, find_copies
from fsat_core.embedding.fingerprint import SAMPLE_RATE, fingerprint

RATE = 44_100


def make_sound(seed: int, seconds: float) -> np.ndarray:
    """Bursts of filtered noise [shape=(n,)] at 44.1 kHz."""
    rng = np.random.default_rng(seed)
    wave = np.convolve(rng.normal(0, 1, int(seconds * RATE)), rng.normal(0, 1, 9), mode="same")
    levels = np.interp(np.arange(len(wave)), np.linspace(0, len(wave), 12), rng.uniform(0.05, 1, 12))
    return (0.3 * wave * levels / np.abs(wave).max()).astype(np.float32)


def find(waves: Sequence[np.ndarray], rates: Sequence[int] | None = None) -> list[Copy]:
    """The copies among sounds, which are at 44.1 kHz if nothing else is said."""
    each = [
        fingerprint([np.asarray(soxr.resample(wave, rate, SAMPLE_RATE), np.float32)])
        for wave, rate in zip(waves, rates or [RATE] * len(waves), strict=True)
    ]
    return find_copies(np.concatenate(each), np.cumsum([0, *map(len, each)]))


def in_steps(wave: np.ndarray) -> np.ndarray:
    """As a file of 16 bits has it."""
    return (np.round(wave * 32_767) / 32_768).astype(np.float32)


OTHERS = [make_sound(seed, 2.0) for seed in range(5)]
SOUND = make_sound(9, 4.0)
CHANGES: dict[str, Callable[[], tuple[np.ndarray, int]]] = {
    "the same": lambda: (SOUND, RATE),
    "-12 dB": lambda: (in_steps(SOUND * 0.25), RATE),
    "-40 dB": lambda: (in_steps(SOUND * 0.01), RATE),
    "without its beginning": lambda: (SOUND[35_123:], RATE),
    "without its end": lambda: (SOUND[: 3 * RATE], RATE),
    "at 22 kHz": lambda: (soxr.resample(SOUND, RATE, 22_050), 22_050),
    "at 8 kHz": lambda: (soxr.resample(SOUND, RATE, 8_000), 8_000),
    "upside down": lambda: (-SOUND, RATE),
    "with faint noise": lambda: (
        SOUND + np.random.default_rng(3).normal(0, 1e-3, len(SOUND)).astype(np.float32),
        RATE,
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found_among_others(change: str) -> None:
    wave, rate = CHANGES[change]()
    (copy,) = find([*OTHERS[:2], SOUND, *OTHERS[2:], wave], [*[RATE] * (len(OTHERS) + 1), rate])
    assert (copy.row, copy.other) == (2, len(OTHERS) + 1)
    assert copy.likeness > 0.85


def test_where_a_copy_begins() -> None:
    (copy,) = find([SOUND, SOUND[RATE:]])
    assert copy.offset == -50
    (copy,) = find([SOUND[RATE:], SOUND])
    assert copy.offset == 50


def test_pieces_that_overlap_by_more_than_half() -> None:
    assert len(find([SOUND[: 3 * RATE], SOUND[RATE:]])) == 1
    assert find([SOUND[: 2 * RATE], SOUND[int(1.8 * RATE) :]]) == []


def test_short_clips() -> None:
    short = make_sound(20, 0.35)
    assert len(find([*OTHERS, short, in_steps(short * 0.25)])) == 1


def test_filtered_noise_is_a_copy_and_other_noise_is_none() -> None:
    noises = [
        np.random.default_rng(seed).normal(0, 0.1, 2 * RATE).astype(np.float32) for seed in range(100, 106)
    ]
    filtered = np.convolve(noises[0], [1, 0.5, 0.2], mode="same").astype(np.float32)
    assert find([*noises, *OTHERS]) == []
    assert [(copy.row, copy.other) for copy in find([*noises, *OTHERS, filtered])] == [(0, 11)]


def test_many_copies_hang_together() -> None:
    found = find([SOUND] * 30)
    linked = {0}
    for _ in range(30):
        linked |= {end for copy in found if linked & {copy.row, copy.other} for end in (copy.row, copy.other)}
    assert linked == set(range(30))


@pytest.mark.parametrize("lengths", [[], [0], [1], [0, 0, 3], [100]])
def test_little_or_nothing(lengths: list[int]) -> None:
    prints = np.zeros(sum(lengths), np.uint32)
    assert find_copies(prints, np.cumsum([0, *lengths])) == []
    assert find_copies(prints + np.uint32(5), np.cumsum([0, *lengths])) == []

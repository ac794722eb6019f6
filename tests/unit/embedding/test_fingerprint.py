"""A fingerprint says where something is heard, and does not hang on how the sound is handed over."""

import numpy as np

from fsat_core.embedding.fingerprint import SAMPLE_RATE, UNHEARD, fingerprint, num_prints

NOISE = np.random.default_rng(0).normal(0, 0.1, 3 * SAMPLE_RATE).astype(np.float32)


def agreement(first: np.ndarray, second: np.ndarray) -> float:
    """The share of bits that agree."""
    return 1 - float(np.bitwise_count(first ^ second).mean()) / 32


def test_a_print_every_20_ms() -> None:
    prints = fingerprint([NOISE])
    assert prints.dtype == np.uint32
    assert len(prints) == 151 <= num_prints(3.0)
    assert (prints[:2] == UNHEARD).all()
    assert (prints[2:] != UNHEARD).all()


def test_blocks_do_not_matter() -> None:
    blocks = [*np.array_split(NOISE, 37), np.empty(0, np.float32)]
    np.testing.assert_array_equal(fingerprint(blocks), fingerprint([NOISE]))


def test_the_level_does_not_matter() -> None:
    assert agreement(fingerprint([NOISE]), fingerprint([NOISE * np.float32(0.01)])) > 0.999


def test_other_noise_agrees_in_half_of_the_bits() -> None:
    other = np.random.default_rng(1).normal(0, 0.1, len(NOISE)).astype(np.float32)
    assert abs(agreement(fingerprint([NOISE]), fingerprint([other])) - 0.5) < 0.05


def test_nothing_is_heard_far_below_the_loudest() -> None:
    wave = NOISE.copy()
    wave[SAMPLE_RATE : 2 * SAMPLE_RATE] *= 1e-5
    prints = fingerprint([wave])
    assert (prints[55:95] == UNHEARD).all()
    assert (prints[2:45] != UNHEARD).all()
    assert (prints[105:] != UNHEARD).all()


def test_silence_and_no_sound_at_all() -> None:
    assert not fingerprint([np.zeros(SAMPLE_RATE, np.float32)]).any()
    assert not fingerprint([]).any()
    assert not fingerprint([np.zeros(5, np.float32)]).any()

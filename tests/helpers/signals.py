"""Waves that differ in spectrum, level and dynamics."""

import numpy as np

RATE = 44_100


NUM_SAMPLES = 2 * RATE


def signals() -> dict[str, np.ndarray]:
    """Waves of 2 s that differ in spectrum, level and dynamics."""
    rng = np.random.default_rng(0)
    time_s = np.arange(NUM_SAMPLES) / RATE
    impulse = np.zeros(NUM_SAMPLES)
    impulse[[0, 30_000, NUM_SAMPLES - 1]] = 1, -0.5, 0.25
    noise = rng.standard_normal(NUM_SAMPLES)
    waves = {
        "noise": 0.1 * noise,
        "faint noise": 1e-5 * noise,
        "burst": noise * (np.abs(time_s - 1) < 0.05),
        "tone": np.sin(2 * np.pi * 1_000 * time_s),
        "low tone": 0.5 * np.sin(2 * np.pi * 50 * time_s),
        "sweep": 0.8 * np.sin(2 * np.pi * (100 + 5_000 * time_s) * time_s),
        "square": np.sign(np.sin(2 * np.pi * 440 * time_s)),
        "impulses": impulse,
        "offset": np.full(NUM_SAMPLES, 0.5),
        "silence": np.zeros(NUM_SAMPLES),
    }
    return {name: wave.astype(np.float32) for name, wave in waves.items()}

"""The sounds of the demo set: one short synthesis per class, random in pitch, tempo, length and colour.

A class is a function `(rng, num_frames) -> wave [shape=(num_frames,)]` of any level.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy import signal

SAMPLE_RATE = 44_100  # in Hz, as in FSDKaggle2019

Synthesis = Callable[[np.random.Generator, int], np.ndarray]


@dataclass(frozen=True)
class Sound:
    """How one class is made, and the length in seconds that is typical of its clips."""

    make: Synthesis
    typical_s: float


def _seconds(num_frames: int) -> np.ndarray:
    return np.arange(num_frames) / SAMPLE_RATE


def _band_noise(rng: np.random.Generator, num_frames: int, low_hz: float, high_hz: float) -> np.ndarray:
    sos = signal.butter(2, [low_hz, high_hz], "bandpass", fs=SAMPLE_RATE, output="sos")
    return signal.sosfilt(sos, rng.standard_normal(num_frames))


def _resonate(wave: np.ndarray, centres_hz: np.ndarray, width_hz: float) -> np.ndarray:
    """Sum of narrow band-pass filters: the formants of a throat, the modes of an exhaust."""
    filters = [signal.iirpeak(centre, centre / width_hz, fs=SAMPLE_RATE) for centre in centres_hz]
    return np.sum([signal.lfilter(b, a, wave) for b, a in filters], axis=0)


def _partials(
    num_frames: int, frequencies_hz: np.ndarray, levels: np.ndarray, decays_s: np.ndarray
) -> np.ndarray:
    """Sum of sines that die away, each with its own frequency, level and decay."""
    # A decaying sine is the response of a two-pole filter to an impulse, cheaper than sines and exponentials.
    impulse = np.zeros(num_frames)
    impulse[0] = 1
    angles = 2 * np.pi * frequencies_hz / SAMPLE_RATE
    radii = np.exp(-1 / (decays_s * SAMPLE_RATE))
    return np.sum(
        [
            signal.lfilter([0, level * np.sin(angle)], [1, -2 * radius * np.cos(angle), radius**2], impulse)
            for angle, radius, level in zip(angles, radii, levels, strict=True)
        ],
        axis=0,
    )


def _repeat(
    rng: np.random.Generator,
    num_frames: int,
    gap_s: float,
    unevenness: float,
    event: Callable[[], np.ndarray],
) -> np.ndarray:
    """Events about `gap_s` apart (start to start) from near the beginning to the end, of uneven level."""
    wave = np.zeros(num_frames)
    start = int(rng.uniform(0, 0.05) * SAMPLE_RATE)
    while start < num_frames:
        piece = event()[: num_frames - start]
        wave[start : start + len(piece)] += piece * rng.uniform(0.6, 1)
        start += int(gap_s * rng.uniform(1 - unevenness, 1 + unevenness) * SAMPLE_RATE)
    return wave


def _wander(rng: np.random.Generator, num_frames: int, step_s: float, low: float, high: float) -> np.ndarray:
    """A curve that wanders between `low` and `high`, a new random value every `step_s` seconds."""
    points = np.arange(0, num_frames + 2 * step_s * SAMPLE_RATE, step_s * SAMPLE_RATE)
    return np.interp(np.arange(num_frames), points, rng.uniform(low, high, len(points)))


def _acoustic_guitar(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """Plucked strings of one chord, as an arpeggio or a strum."""
    root_hz = rng.uniform(82, 140)
    chord = root_hz * 2 ** (np.array([0, 7, 12, 16 if rng.random() < 0.5 else 15, 19, 24]) / 12)
    brightness = rng.uniform(0.7, 1)

    def pluck() -> np.ndarray:
        note = _string(rng, int(1.5 * SAMPLE_RATE), rng.choice(chord), brightness)
        note[:200] += 0.7 * rng.standard_normal(200) * np.hanning(200)  # the plectrum
        return note

    return _repeat(rng, num_frames, rng.uniform(0.1, 0.22), 0.1, pluck)


def _string(rng: np.random.Generator, num_frames: int, pitch_hz: float, brightness: float) -> np.ndarray:
    """Karplus-Strong string: a noise-filled loop that is averaged with its neighbour once per period.

    The loop is circular, so all its periods follow at once from the powers of the filter's response.
    """
    period = round(SAMPLE_RATE / pitch_hz)
    loop = signal.lfilter([brightness], [1, brightness - 1], rng.uniform(-1, 1, period))
    loop -= np.roll(loop, int(period * rng.uniform(0.15, 0.3)))  # where the string is plucked
    # The mean of two neighbours has the response cos(w / 2); its half sample of delay only tunes the string.
    response = 0.996 * np.cos(np.pi * np.arange(period // 2 + 1) / period)
    turns = np.arange(num_frames // period + 1)[:, None]
    return np.fft.irfft(np.fft.rfft(loop) * response**turns, n=period).ravel()[:num_frames]


def _applause(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """Many people clapping: hundreds of short noise bursts of a few colours."""
    claps_per_s = rng.uniform(60, 250)
    size = int(0.05 * SAMPLE_RATE)
    wave = np.zeros(num_frames)
    for _ in range(5):
        centre_hz = rng.uniform(900, 2600)
        hand = _band_noise(rng, size, centre_hz * 0.7, centre_hz * 1.5)
        hand *= np.exp(-_seconds(size) / rng.uniform(0.004, 0.01))
        claps = (rng.random(num_frames) < claps_per_s / 5 / SAMPLE_RATE) * rng.uniform(0.2, 1, num_frames)
        wave += signal.oaconvolve(claps, hand)[:num_frames]
    return wave * _wander(rng, num_frames, 0.7, 0.6, 1)


def _bark(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """A dog: hoarse bursts whose pitch rises and falls, through the formants of an open muzzle."""
    pitch_hz = rng.uniform(280, 520)
    throat_hz = rng.uniform(0.85, 1.15) * np.array([1000, 1900, 3000])

    def woof() -> np.ndarray:
        size = int(rng.uniform(0.16, 0.3) * SAMPLE_RATE)
        part = np.arange(size) / size
        pitch = pitch_hz * rng.uniform(0.9, 1.1) * (0.8 + 0.5 * np.sin(np.pi * part**0.7))
        source = signal.sawtooth(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE)
        source += rng.uniform(0.3, 0.8) * rng.standard_normal(size)
        return _resonate(source, throat_hz, 250) * np.sin(np.pi * np.sqrt(part)) ** 1.5

    return _repeat(rng, num_frames, rng.uniform(0.35, 0.6), 0.2, woof)


def _bass_drum(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """A deep sine that falls in pitch, with the click of the beater."""
    end_hz, sweep_hz = rng.uniform(42, 70), rng.uniform(60, 200)
    decay_s = rng.uniform(0.08, 0.25)
    click = rng.uniform(0.01, 0.05)

    def hit() -> np.ndarray:
        times = _seconds(int(6 * decay_s * SAMPLE_RATE))
        pitch = end_hz + sweep_hz * np.exp(-times / 0.025)
        beater = click * rng.standard_normal(len(times)) * np.exp(-times / 0.003)
        return np.sin(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE) * np.exp(-times / decay_s) + beater

    return _repeat(rng, num_frames, rng.uniform(0.35, 0.9), 0.03, hit)


def _chirp_and_tweet(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """A bird: short whistles that sweep far up or down, a new shape each few notes."""
    centre_hz = rng.uniform(2300, 4200)
    note_s = rng.uniform(0.05, 0.16)

    def whistle() -> np.ndarray:
        size = int(note_s * rng.uniform(0.7, 1.3) * SAMPLE_RATE)
        part = np.arange(size) / size
        bend = rng.uniform(0.25, 0.6) * rng.choice([-1, 1]) * np.cos(np.pi * part * rng.uniform(0.8, 2))
        phase = 2 * np.pi * np.cumsum(centre_hz * (1 + bend)) / SAMPLE_RATE
        return (np.sin(phase) + 0.1 * np.sin(2 * phase)) * np.sin(np.pi * part)

    return _repeat(rng, num_frames, note_s * rng.uniform(1.2, 2.2), 0.3, whistle)


def _church_bell(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """The partials of a bronze bell (hum, prime, tierce, quint, nominal, ...), struck about once a second."""
    prime_hz = rng.uniform(550, 850)
    ratios = np.array([0.5, 1, 1.2, 1.5, 2, 2.5, 2.67, 3, 4, 5.3]) * rng.uniform(0.99, 1.01, 10)
    levels = np.array([0.4, 0.8, 1, 0.4, 1, 0.5, 0.3, 0.5, 0.4, 0.2]) * rng.uniform(0.6, 1.3, 10)
    decays_s = rng.uniform(1, 2) / ratios**0.7

    strike = _partials(num_frames, prime_hz * ratios, levels, decays_s)
    strike[:400] += 0.3 * rng.standard_normal(400) * np.hanning(400)  # the clapper
    return _repeat(rng, num_frames, rng.uniform(0.7, 1.4), 0.03, lambda: strike)


def _cricket(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """One steady high tone, cut into quick pulses that come in groups."""
    times = _seconds(num_frames)
    tone_hz = rng.uniform(4400, 6000)
    pulse = np.sin(np.pi * rng.uniform(26, 50) * times) ** 4
    group = signal.square(2 * np.pi * rng.uniform(1.8, 4) * times, duty=rng.uniform(0.6, 0.85)) > 0
    gate = signal.lfilter([0.01], [1, -0.99], group)
    return np.sin(2 * np.pi * tone_hz * times) * pulse * gate


def _hi_hat(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """Hiss of two cymbals above 6 kHz, mostly shut, now and then open."""
    floor_hz = rng.uniform(5500, 8500)
    shut_s, open_s = rng.uniform(0.015, 0.05), rng.uniform(0.15, 0.4)
    openness = rng.uniform(0, 0.4)

    def tick() -> np.ndarray:
        decay_s = open_s if rng.random() < openness else shut_s
        size = int(5 * decay_s * SAMPLE_RATE)
        return _band_noise(rng, size, floor_hz, 18_000) * np.exp(-_seconds(size) / decay_s)

    return _repeat(rng, num_frames, rng.uniform(0.13, 0.35), 0.02, tick)


def _knock(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """Knuckles on wood: a few modes that die within a twentieth of a second."""
    modes_hz = rng.uniform(300, 480) * np.array([1, 1.7, 2.6, 3.9]) * rng.uniform(0.92, 1.08, 4)
    decays_s = rng.uniform(0.012, 0.03) / np.array([1, 1.2, 1.5, 2])

    def rap() -> np.ndarray:
        size = int(0.2 * SAMPLE_RATE)
        tap = _partials(size, modes_hz, rng.uniform(0.4, 1, 4), decays_s)
        return tap + 0.5 * rng.standard_normal(size) * np.exp(-_seconds(size) / 0.002)

    return _repeat(rng, num_frames, rng.uniform(0.14, 0.26), 0.15, rap)


def _male_singing(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """A low voice with vibrato that sings a vowel on each note."""
    vowels = ((700, 1100, 2500), (500, 1750, 2450), (450, 800, 2600))  # formants of a, e and o
    base_hz, throat = rng.uniform(95, 190), rng.uniform(0.92, 1.1)
    vibrato_hz = rng.uniform(4.8, 6.5)

    def note() -> np.ndarray:
        size = int(rng.uniform(0.5, 0.9) * SAMPLE_RATE)
        vibrato = 1 + 0.02 * np.sin(2 * np.pi * vibrato_hz * _seconds(size))
        pitch = base_hz * 2 ** (rng.choice([0, 2, 4, 5, 7]) / 12) * vibrato
        phase = np.cumsum(pitch) / SAMPLE_RATE % 1
        breath = rng.uniform(0.02, 0.05) * rng.standard_normal(size)
        formants_hz = throat * np.array(vowels[rng.integers(len(vowels))])
        voiced = _resonate(np.exp(-phase / 0.06) + breath, formants_hz, 110)
        return voiced * np.minimum(1, 12 * np.sin(np.pi * np.arange(size) / size))

    return _repeat(rng, num_frames, 0.7, 0.15, note)


def _motorcycle(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """An engine that revs up and down: a burst of exhaust noise at each firing."""
    firings_hz = _wander(rng, num_frames, 0.8, 24, 34) * rng.uniform(0.9, 2)
    phase = np.cumsum(firings_hz) / SAMPLE_RATE
    # Two cylinders never fire alike: every second burst is weaker.
    uneven = np.where(phase % 2 < 1, 1, rng.uniform(0.4, 0.9))
    bursts = uneven * np.exp(-(phase % 1) / rng.uniform(0.1, 0.2))
    bursts *= 1 + 0.5 * rng.standard_normal(num_frames)
    bursts -= bursts.mean()
    exhaust_hz = rng.uniform(85, 150) * np.array([1, 2.3, 4.1])
    return np.tanh(3 * _resonate(bursts, exhaust_hz, 120)) + 0.3 * bursts


def _waves_and_surf(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """Surf: a low rumble all the time, and foam that swells and runs out."""
    rumble = _band_noise(rng, num_frames, 60, rng.uniform(350, 700))
    foam = _band_noise(rng, num_frames, 500, rng.uniform(3500, 7000))
    swell = _wander(rng, num_frames, rng.uniform(0.8, 2), 0.05, 1) ** 2
    return rumble * (0.5 + swell) / rumble.std() + rng.uniform(0.4, 0.9) * foam * (0.15 + swell) / foam.std()


SOUNDS: Mapping[str, Sound] = MappingProxyType(
    {
        "Acoustic_guitar": Sound(_acoustic_guitar, 1.6),
        "Applause": Sound(_applause, 1.6),
        "Bark": Sound(_bark, 1.4),
        "Bass_drum": Sound(_bass_drum, 1.3),
        "Chirp_and_tweet": Sound(_chirp_and_tweet, 1.5),
        "Church_bell": Sound(_church_bell, 1.8),
        "Cricket": Sound(_cricket, 1.6),
        "Hi-hat": Sound(_hi_hat, 1.3),
        "Knock": Sound(_knock, 1.3),
        "Male_singing": Sound(_male_singing, 1.7),
        "Motorcycle": Sound(_motorcycle, 1.6),
        "Waves_and_surf": Sound(_waves_and_surf, 1.8),
    }
)

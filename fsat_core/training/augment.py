"""Changes made to training crops so that no network sees the same one twice."""

from collections.abc import Callable

import numpy as np

_LONGEST_MASK = 0.2  # of all frames, samples or mel bands
_SILENCE = 1e-6  # a lower loudness cannot be told from zeros


def mixup(
    waves: np.ndarray, targets: np.ndarray, alpha: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Each clip mixed with another one of the batch, sound and targets in one random proportion.

    The other clip is brought to the loudness of the first, so that the proportion is audible. The mix is
    as loud as the first clip, since the networks see clips at their own level when they predict.

    Parameters
    ----------
    waves : np.ndarray [shape=(b, n)], float32
    targets : np.ndarray [shape=(b, C)], float32
    alpha : float
        Of the Beta(alpha, alpha) distribution that the proportion is drawn from; the clip itself gets the
        larger share.

    Returns
    -------
    waves [shape=(b, n)], targets [shape=(b, C)]

    References
    ----------
    Zhang et al. (2018), "mixup: Beyond empirical risk minimization", ICLR.
    """
    share = rng.beta(alpha, alpha, size=(len(waves), 1)).astype(np.float32)
    share = np.maximum(share, 1 - share)
    other = rng.permutation(len(waves))
    loudness = np.sqrt(np.square(waves).mean(axis=1, keepdims=True))
    level = waves / np.maximum(loudness, _SILENCE)
    mixed = (share * level + (1 - share) * level[other]) * loudness
    return mixed, share * targets + (1 - share) * targets[other]


def mask_waves(waves: np.ndarray, num_masks: int, rng: np.random.Generator) -> None:
    """Silence random stretches of each wave [shape=(b, n)], in place."""
    for wave in waves:
        for _ in range(num_masks):
            wave[_stretch(len(wave), rng)] = 0


def spectrogram_masks(num_masks: int, rng: np.random.Generator) -> Callable[[np.ndarray], None]:
    """A function that masks stretches of time and of frequency of a log-mel spectrogram, in place.

    The spectrogram [shape=(frames, bands)] is in dB; masked parts take its mean.

    References
    ----------
    Park et al. (2019), "SpecAugment", Interspeech.
    """

    def mask(decibels: np.ndarray) -> None:
        fill = decibels.mean()
        for _ in range(num_masks):
            decibels[_stretch(decibels.shape[0], rng)] = fill
            decibels[:, _stretch(decibels.shape[1], rng)] = fill

    return mask


def _stretch(length: int, rng: np.random.Generator) -> slice:
    width = int(rng.integers(int(_LONGEST_MASK * length) + 1))
    start = int(rng.integers(length - width + 1))
    return slice(start, start + width)

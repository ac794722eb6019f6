"""What is in the demo set: which clip has which label, which one is wrong, which one is odd."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

CURATED_COUNTS = {
    "Acoustic_guitar": 12,
    "Bark": 11,
    "Knock": 10,
    "Bass_drum": 9,
    "Hi-hat": 9,
    "Applause": 9,
    "Male_singing": 9,
    "Chirp_and_tweet": 8,
    "Cricket": 8,
    "Church_bell": 7,
    "Motorcycle": 7,
    "Waves_and_surf": 7,
}
CLASSES = tuple(sorted(CURATED_COUNTS))

CURATED_MIXES = (
    *[("Acoustic_guitar", "Male_singing")] * 4,
    *[("Bass_drum", "Hi-hat")] * 3,
    *[("Bark", "Motorcycle")] * 2,
    *[("Chirp_and_tweet", "Church_bell")] * 2,
    ("Applause", "Male_singing"),
    ("Cricket", "Waves_and_surf"),
    ("Bark", "Knock"),
)
CURATED_NUM_WRONG = 6

NOISY_NUM_SINGLE = 44
NOISY_NUM_WRONG = 19
NOISY_NUM_MIXES = 4

TEST_CLIPS_PER_CLASS = 3

# Every kind of odd file occurs once, under the class named here, except the clips that share one length.
ODDITIES = (
    ("abnormal_length", "Waves_and_surf"),
    ("silence", "Hi-hat"),
    ("clipping", "Motorcycle"),
    ("duplicate", "Bass_drum"),
    ("stereo", "Acoustic_guitar"),
    ("24_bit", "Church_bell"),
    ("truncated", "Knock"),
    ("shared_length", "Applause"),
    ("shared_length", "Bark"),
    ("shared_length", "Chirp_and_tweet"),
    ("shared_length", "Cricket"),
    ("shared_length", "Male_singing"),
)
DUPLICATED_CLASS = "Knock"


@dataclass(frozen=True)
class DemoClip:
    """One clip before it is made.

    Parameters
    ----------
    split : str
        "curated", "noisy" or "test".
    truth : tuple of str
        The classes that can be heard.
    given : tuple of str
        The classes in the table of the split.
    oddity : str
        A kind of `ODDITIES`, or "".
    fname : str
        Eight hexadecimal digits and ".wav", as in FSDKaggle2019.
    """

    split: str
    truth: tuple[str, ...]
    given: tuple[str, ...]
    oddity: str = ""
    fname: str = ""

    @property
    def is_wrong(self) -> bool:
        """True when the table of the split does not say what can be heard."""
        return self.truth != self.given


def plan_demo(seed: int) -> list[DemoClip]:
    """Every clip of the demo set of one seed, sorted by split and file name."""
    rng = np.random.default_rng([seed, 0])
    clips = [*_curated(rng), *_noisy(rng), *_test()]
    numbers = rng.choice(2**32, size=len(clips), replace=False)
    named = [replace(clip, fname=f"{number:08x}.wav") for clip, number in zip(clips, numbers, strict=True)]
    return sorted(named, key=lambda clip: (clip.split, clip.fname))


def original_of(duplicate: DemoClip, clips: Sequence[DemoClip]) -> DemoClip:
    """The clip that `duplicate` is a copy of: the first plain one of its true class in the same split."""
    return next(
        clip
        for clip in clips
        if clip.split == duplicate.split and clip.given == clip.truth == duplicate.truth and not clip.oddity
    )


def _curated(rng: np.random.Generator) -> list[DemoClip]:
    clips = [DemoClip("curated", truth=pair, given=pair) for pair in CURATED_MIXES]
    # The small classes keep all their labels right, or there would be too little to learn them from.
    large = [name for name, count in CURATED_COUNTS.items() if count >= 8]
    mislabelled = rng.choice(large, size=CURATED_NUM_WRONG, replace=False)
    for name, count in CURATED_COUNTS.items():
        oddities = [kind for kind, odd_class in ODDITIES if odd_class == name]
        truths = [name] * count
        if name in mislabelled:
            truths[-1] = _another_class(rng, name)
        if "duplicate" in oddities:
            truths[oddities.index("duplicate")] = DUPLICATED_CLASS
        oddities += [""] * (count - len(oddities))
        clips += [
            DemoClip("curated", truth=(truth,), given=(name,), oddity=kind)
            for truth, kind in zip(truths, oddities, strict=True)
        ]
    return clips


def _noisy(rng: np.random.Generator) -> list[DemoClip]:
    mixes = [CURATED_MIXES[i] for i in rng.choice(len(CURATED_MIXES), size=NOISY_NUM_MIXES, replace=False)]
    clips = [DemoClip("noisy", truth=pair, given=pair) for pair in mixes]
    truths = [CLASSES[i % len(CLASSES)] for i in rng.permutation(NOISY_NUM_SINGLE)]
    for i, truth in enumerate(truths):
        given = _another_class(rng, truth) if i < NOISY_NUM_WRONG else truth
        clips.append(DemoClip("noisy", truth=(truth,), given=(given,)))
    return clips


def _test() -> list[DemoClip]:
    return [
        DemoClip("test", truth=(name,), given=(name,))
        for name in CLASSES
        for _ in range(TEST_CLIPS_PER_CLASS)
    ]


def _another_class(rng: np.random.Generator, name: str) -> str:
    return str(rng.choice([other for other in CLASSES if other != name]))

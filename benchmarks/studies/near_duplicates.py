"""Are copies of a recording found, and nothing else?

Each clip of SET is changed in one way after the other: 12 dB quieter, cut to four fifths (its beginning, its
end, somewhere in between), resampled, compressed as MP3 (by `lame`, 128 kbit/s), and all of it at once. All
clips and all changed ones are then searched together. A clip is found if what its copy is most like is the
clip itself. Where a cut leaves less than half of what is heard, there may be nothing to find: these clips are
counted apart. Other pairs are those of two different clips, with their copies.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
import soxr

from benchmarks.common import format_table, run_script, script_parser
from fsat_core.audio import read_mono
from fsat_core.dataset import clip_path, open_dataset, scan
from fsat_core.embedding.copies import find_copies
from fsat_core.embedding.fingerprint import SAMPLE_RATE, UNHEARD, fingerprint
from fsat_core.settings import Settings

NAME = "studies.near_duplicates"
QUIETER = 10 ** (-12 / 20)
LEFT = 0.8
HALF = 0.5  # of what is heard

Sound = tuple[np.ndarray, int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("set", type=Path, metavar="SET")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    options = parser.parse_args(arguments)

    def work() -> None:
        dataset = open_dataset(options.set)
        catalogue = scan(dataset, Settings.from_environment().cache_dir)
        readable = catalogue.loc[catalogue["error"] == "", "clip_id"]
        rows = measure([read_mono(clip_path(dataset, clip_id)) for clip_id in readable])
        print(json.dumps(rows, indent=2) if options.json else describe(rows))

    return run_script(NAME, work)


def measure(sounds: Sequence[Sound]) -> list[dict[str, Any]]:
    """For each change how many clips are found, and what else is."""
    start = time.monotonic()
    clips = [prints_of(sound) for sound in sounds]
    per_clip_ms = 1_000 * (time.monotonic() - start) / max(len(clips), 1)
    return [
        {"change": name, **_search(clips, [prints_of(change(sound)) for sound in sounds])}
        for name, change in CHANGES.items()
    ] + [{"change": "none: milliseconds for a fingerprint", "value": round(per_clip_ms, 2)}]


def prints_of(sound: Sound) -> np.ndarray:
    """The fingerprint of a mono sound and its rate."""
    samples, rate = sound
    return fingerprint([np.asarray(soxr.resample(samples, rate, SAMPLE_RATE), np.float32)])


def _search(clips: list[np.ndarray], copies: list[np.ndarray]) -> dict[str, Any]:
    every = [*clips, *copies]
    start = time.monotonic()
    found = find_copies(np.concatenate(every), np.cumsum([0, *map(len, every)]))
    seconds = time.monotonic() - start
    best: dict[int, tuple[float, int]] = {}
    others = set[frozenset[int]]()
    for pair in found:
        clip, copy = pair.row, pair.other - len(clips)
        if clip < len(clips) and copy >= 0:
            best[copy] = max(best.get(copy, (0.0, 0)), (pair.likeness, clip))
        originals = frozenset({pair.row % len(clips), pair.other % len(clips)})
        if len(originals) > 1:
            others.add(originals)
    first = np.array([best.get(at, (0.0, -1))[1] == at for at in range(len(clips))])
    heard = [np.count_nonzero(prints != UNHEARD) for prints in clips]
    left = [np.count_nonzero(prints != UNHEARD) for prints in copies]
    is_whole = np.array(left) >= HALF * np.array(heard)
    return {
        "first": round(float(first.mean()), 4),
        "first_where_half_is_left": round(float(first[is_whole].mean()), 4),
        "half_is_left": int(is_whole.sum()),
        "lowest_likeness": round(min((likeness for likeness, _ in best.values()), default=0.0), 3),
        "other_pairs": len(others),
        "seconds": round(seconds, 2),
    }


def _quieter(sound: Sound) -> Sound:
    samples, rate = sound
    return _in_16_bits(samples * QUIETER), rate


def _cut(sound: Sound, where: float) -> Sound:
    """Four fifths of a sound: from its beginning on (0), up to its end (1), or in between."""
    samples, rate = sound
    size = int(LEFT * len(samples))
    start = int(where * (len(samples) - size))
    return samples[start : start + size], rate


def _somewhere(sound: Sound) -> Sound:
    """The same place for the same length: no multiple of the step from print to print."""
    return _cut(sound, float(np.random.default_rng(len(sound[0])).random()))


def _resampled(sound: Sound, rate: int) -> Sound:
    samples, old = sound
    return _in_16_bits(soxr.resample(samples, old, rate)), rate


def _compressed(sound: Sound) -> Sound:
    samples, rate = sound
    wave = BytesIO()
    sf.write(wave, samples, rate, "PCM_16", format="WAV")
    command = ["lame", "--quiet", "-b", "128", "-", "-"]
    mp3 = subprocess.run(command, input=wave.getvalue(), stdout=subprocess.PIPE, check=True).stdout
    samples, rate = sf.read(BytesIO(mp3), dtype="float32")
    return samples, rate


def _in_16_bits(samples: np.ndarray) -> np.ndarray:
    return (np.round(np.clip(samples, -1, 1) * 32_767) / 32_768).astype(np.float32)


CHANGES: dict[str, Callable[[Sound], Sound]] = {
    "-12 dB": _quieter,
    "without its last fifth": lambda sound: _cut(sound, 0),
    "without its first fifth": lambda sound: _cut(sound, 1),
    "a fifth cut off, at both ends": _somewhere,
    "at 22,050 Hz": lambda sound: _resampled(sound, 22_050),
    "at 16,000 Hz": lambda sound: _resampled(sound, 16_000),
    "at 8,000 Hz": lambda sound: _resampled(sound, 8_000),
    "MP3": _compressed,
    "MP3, cut at both ends, quieter, at 22,050 Hz": lambda sound: _resampled(
        _quieter(_somewhere(_compressed(sound))), 22_050
    ),
}


def describe(rows: Sequence[dict[str, Any]]) -> str:
    """A table for people."""
    *searches, last = rows
    table = format_table(
        ("change", "found first", "where half is left", "of so many clips", "lowest likeness", "other pairs"),
        [
            (
                row["change"],
                row["first"],
                row["first_where_half_is_left"],
                row["half_is_left"],
                row["lowest_likeness"],
                row["other_pairs"],
            )
            for row in searches
        ],
    )
    return f"{table}\n\nA fingerprint takes {last['value']} ms."


if __name__ == "__main__":
    sys.exit(main())

"""Tags sound files: `python tag.py FILE...`, or `from tag import tag`. README.md says what it needs."""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from sound import CLASSES, RUNS, combine, predict, read


def tag(path: str | Path) -> dict[str, float]:
    """The probability of each class in a sound file, the likeliest first; a ValueError if it is none."""
    wave, rate = read(path)
    found = combine([predict(wave, rate, run) for run in RUNS])
    return {CLASSES[at]: float(found[at]) for at in np.argsort(-found, kind="stable")}


if __name__ == "__main__":
    for file in sys.argv[1:] or sys.exit(__doc__):
        try:
            labels, error = [{"label": name, "probability": p} for name, p in tag(file).items()], None
        except ValueError as reason:
            labels, error = [], str(reason)
        print(json.dumps({"file": file, "labels": labels, "error": error}), flush=True)

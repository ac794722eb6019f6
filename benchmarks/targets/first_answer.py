"""One first answer in a fresh process, for `answers`: with the program, or with the plain way.

Prints `{"seconds", "frameworks"}`: the time from before the first import, and the training frameworks that
were imported for it.
"""

import argparse
import json
import sys
import time
from pathlib import Path

FRAMEWORKS = ("tensorflow", "keras", "torch", "jax")


def answer(clip: Path, run_dirs: list[Path]) -> None:
    """What the Predict page does when a first clip is dropped."""
    from fsat_core.prediction import predict_files
    from fsat_core.runs import Run

    predict_files([(clip.name, clip)], [Run(path) for path in run_dirs])


def load_plainly(run_dirs: list[Path]) -> None:
    """Load the networks with Keras; nothing is answered yet."""
    import keras

    for path in sorted(path for run_dir in run_dirs for path in run_dir.glob("fold_*/best.keras")):
        keras.models.load_model(path, compile=False)


def imported_frameworks() -> list[str]:
    """The training frameworks that this process has imported."""
    return [name for name in FRAMEWORKS if name in sys.modules]


def main() -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.targets.first_answer", description=__doc__)
    parser.add_argument("way", choices=["ours", "plain"])
    parser.add_argument("clip", type=Path)
    parser.add_argument("run_dirs", type=Path, nargs="+", metavar="RUN_DIR")
    options = parser.parse_args()
    start = time.perf_counter()
    if options.way == "ours":
        answer(options.clip, options.run_dirs)
    else:
        load_plainly(options.run_dirs)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "frameworks": imported_frameworks()}))


if __name__ == "__main__":
    main()

"""The demo set: a small synthesised data set in the Kaggle layout, with known faults and known truth."""

import csv
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from filelock import FileLock

from fsat_core.dataset.demo.plan import CLASSES, DemoClip, original_of, plan_demo
from fsat_core.dataset.layouts import DEMO_MARKER
from fsat_core.errors import DatasetError

FORMAT = 1  # raise it when the same seed gives other files

_AUDIO_DIRS = {"curated": "train_curated", "noisy": "train_noisy", "test": "test"}
_MARKER_TEXT = """\
Demo data, synthesised: none of the clips is a recording. The program may replace this folder.
format {}, seed {}
"""


def write_demo(
    out: Path,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    plan: Callable[[int], Sequence[DemoClip]] = plan_demo,
) -> None:
    """Write the demo set into the folder `out`, whole or not at all.

    A demo set that is there already and has the same seed and format is kept as it is; any other demo set is
    replaced. Next to the Kaggle files lie `test_truth.csv` (the labels of the test part), `demo_truth.csv`
    (true and given labels of all noisy clips and of the wrongly labelled curated ones), `demo_oddities.csv`
    (files that are odd on purpose) and the marker `DEMO`.

    Parameters
    ----------
    out : Path
        A folder that does not exist, is empty or holds a demo set. Its parents are made.
    seed : int
        0 or more. The same seed gives the same bytes.
    progress : callable, optional
        Called as `progress(done, total)` after each clip.
    plan : callable
        The clips of a seed.

    Raises
    ------
    DatasetError
        If `out` holds anything else, cannot be written, or `seed` is negative.
    """
    if seed < 0:
        raise DatasetError(f"No demo set from seed {seed}: expected 0 or more. Choose another seed.")
    out = out.resolve()
    if _is_current(out, seed):
        return
    _check_replaceable(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        # Two first visits to the app may want the demo set at once: the second waits and finds it made.
        with FileLock(out.parent / f".{out.name}.demo-lock"):
            if not _is_current(out, seed):
                _write_and_swap(out, plan(seed), seed, progress)
    except OSError as error:
        raise DatasetError(
            f"Cannot write the demo set to {out} ({error.strerror or error}): expected a place that can be "
            "written, with 100 MB free. Choose another folder, or mend that one."
        ) from error


def _is_current(out: Path, seed: int) -> bool:
    marker = out / DEMO_MARKER
    return marker.is_file() and marker.read_bytes() == _marker(seed)


def _marker(seed: int) -> bytes:
    return _MARKER_TEXT.format(FORMAT, seed).encode()


def _check_replaceable(out: Path) -> None:
    if not out.exists() or (out / DEMO_MARKER).is_file():
        return
    if not out.is_dir() or any(out.iterdir()):
        what = "a folder with other files in it" if out.is_dir() else "a file"
        raise DatasetError(
            f"{out} is {what}: expected a new folder, an empty one or a demo set. Choose another folder."
        )


def _write_and_swap(
    out: Path, clips: Sequence[DemoClip], seed: int, progress: Callable[[int, int], None] | None
) -> None:
    """Write beside `out`, then rename, so that nobody ever sees half a set, even after a kill."""
    partial, old = (out.with_name(f".{out.name}.demo-{state}") for state in ("partial", "old"))
    # Under the lock, whatever has these names was left by a killed run.
    for leftover in (partial, old):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        partial.mkdir()
        _write_files(partial, clips, seed, progress)
        if out.exists():
            out.rename(old)
        partial.rename(out)
    finally:
        for leftover in (partial, old):
            shutil.rmtree(leftover, ignore_errors=True)


def _write_files(
    folder: Path, clips: Sequence[DemoClip], seed: int, progress: Callable[[int, int], None] | None
) -> None:
    from fsat_core.dataset.demo.clips import wav_file  # brings scipy.signal, a second that no page need wait

    for name in _AUDIO_DIRS.values():
        (folder / name).mkdir()
    for done, clip in enumerate(clips, start=1):
        source = original_of(clip, clips) if clip.oddity == "duplicate" else clip
        (folder / _AUDIO_DIRS[clip.split] / clip.fname).write_bytes(wav_file(source, seed))
        if progress is not None:
            progress(done, len(clips))
    _write_tables(folder, clips)
    (folder / DEMO_MARKER).write_bytes(_marker(seed))


def _write_tables(folder: Path, clips: Sequence[DemoClip]) -> None:
    tables: dict[str, tuple[Sequence[str], list[tuple[str, ...]]]] = {
        "train_curated.csv": (("fname", "labels"), _label_rows(clips, "curated")),
        "train_noisy.csv": (("fname", "labels"), _label_rows(clips, "noisy")),
        "test_truth.csv": (("fname", "labels"), _label_rows(clips, "test")),
        "sample_submission.csv": (
            ("fname", *CLASSES),
            [(clip.fname, *"0" * len(CLASSES)) for clip in clips if clip.split == "test"],
        ),
        "demo_truth.csv": (
            ("split", "fname", "labels", "given_labels", "kind"),
            [_truth_row(clip) for clip in clips if clip.split == "noisy" or clip.is_wrong],
        ),
        "demo_oddities.csv": (
            ("split", "fname", "kind", "copy_of"),
            [_oddity_row(clip, clips) for clip in clips if clip.oddity],
        ),
    }
    for name, (header, rows) in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *rows])


def _label_rows(clips: Sequence[DemoClip], split: str) -> list[tuple[str, ...]]:
    return [(clip.fname, ",".join(clip.given)) for clip in clips if clip.split == split]


def _truth_row(clip: DemoClip) -> tuple[str, ...]:
    kind = "wrong" if clip.is_wrong else "correct"
    return clip.split, clip.fname, ",".join(clip.truth), ",".join(clip.given), kind


def _oddity_row(clip: DemoClip, clips: Sequence[DemoClip]) -> tuple[str, ...]:
    copy_of = original_of(clip, clips).fname if clip.oddity == "duplicate" else ""
    return clip.split, clip.fname, clip.oddity, copy_of

"""Which clips a run has: pinned at its first preparation, less those that went later.

A run is created with the clips whose header can be read. When it is prepared for the first time, those that
cannot be decoded join `skipped.csv`, and what is left is the run's for good: folds hold predictions for these
clips. A later preparation that misses some of them lists them in `gone.csv`. They take no part from then on,
but folds that have been trained stay as they are. `gone.csv`, with or without rows, says that the clips are
pinned.
"""

from collections.abc import Iterable

import pandas as pd

from fsat_core.errors import RunError
from fsat_core.files import remove, write_atomically
from fsat_core.runs.run import GONE_FILE, Run
from fsat_core.text import counted, list_some
from fsat_core.training.feature_caches import Caches


def settle_clips(run: Run, caches: Caches) -> list[str]:
    """Pin the clips of a run, or see which of the pinned ones went; returns lines for the user.

    Raises
    ------
    RunError
        If none of the clips to train on can be read, or a file of the run cannot be read.
    """
    if not _are_pinned(run):
        _skip(run, [*caches.errors.items(), *_missing(run, caches).items()])
        gone = {}
    else:
        gone = _missing(run, caches)
    _write(run, GONE_FILE, gone.items())
    if gone and remaining_clips(run)[0].empty:
        raise RunError(
            f"None of the clips of run '{run.run_id}' can be read any more: expected them in {run.data_dir}. "
            "Put them back there and resume the run, or train a new one."
        )
    return _describe(len(run.skipped()), list(gone))


def remaining_clips(run: Run) -> tuple[pd.DataFrame, list[str]]:
    """The pinned clips that can still be read: the table of `Run.labels`, and the ids of the test clips."""
    gone = set(run.gone()["clip_id"])
    labels = run.labels()
    left = labels[~labels["clip_id"].isin(gone)].reset_index(drop=True)
    return left, [clip_id for clip_id in run.test_clips() if clip_id not in gone]


def _are_pinned(run: Run) -> bool:
    """Runs from before `gone.csv` are pinned once they have a fold."""
    return (run.path / GONE_FILE).exists() or bool(run.folds)


def _missing(run: Run, caches: Caches) -> dict[str, str]:
    """Clips of the run that have no features, and why."""
    readable = set(caches.clip_ids) - set(caches.errors)
    wanted = [*run.labels()["clip_id"], *run.denied()["clip_id"], *run.test_clips()]
    return {
        clip_id: caches.errors.get(clip_id, "there is no such file any more")
        for clip_id in wanted
        if clip_id not in readable
    }


def _skip(run: Run, found: Iterable[tuple[str, str]]) -> None:
    skipped = run.skipped()
    known = dict(zip(skipped["clip_id"], skipped["error"], strict=True))
    fresh = {clip_id: error for clip_id, error in found if clip_id not in known}
    if fresh:
        _write(run, "skipped.csv", (known | fresh).items())


def _write(run: Run, name: str, rows: Iterable[tuple[str, str]]) -> None:
    if (run.path / name).is_dir():  # damaged
        remove(run.path / name)
    table = pd.DataFrame(rows, columns=["clip_id", "error"])
    write_atomically(run.path / name, table.to_csv(index=False), make_folder=False)


def _describe(num_skipped: int, gone: list[str]) -> list[str]:
    lines = []
    if num_skipped:
        verb = "cannot be read and is" if num_skipped == 1 else "cannot be read and are"
        lines.append(f"{counted(num_skipped, 'clip')} {verb} left out: see skipped.csv.")
    if gone:
        lines.append(
            f"{counted(len(gone), 'clip')} of the run can no longer be read, and folds that are trained from "
            f"now on do without: {list_some(gone, 3)}. See gone.csv."
        )
    return lines

"""Earlier stores of the same folders: what they hold of clips that have not changed is not heard again."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from fsat_core.embedding.store import CLIPS, LAYOUT, open_arrays
from fsat_core.files import remove

_SAME = ["clip_id", "num_bytes", "mtime_ns"]


def describe_clips(clips: Sequence[tuple[str, Path]]) -> pd.DataFrame:
    """Each clip's `folder, clip_id, num_bytes, mtime_ns`; -1 for a file that is not there."""
    folders = {parent: os.path.realpath(parent) for parent in {path.parent for _, path in clips}}
    rows = []
    for clip_id, path in clips:
        try:
            stat = path.stat()
            size, time = stat.st_size, stat.st_mtime_ns
        except OSError:
            size = time = -1
        rows.append((folders[path.parent], clip_id, size, time))
    return pd.DataFrame(rows, columns=["folder", *_SAME])


def take_over(folder: Path) -> None:
    """Copy into a new store what the earlier ones of the same network and rules have of its clips."""
    new, clips = open_arrays(folder, "r+"), pd.read_parquet(folder / CLIPS)
    for other in _others(folder):
        try:
            old, known = open_arrays(other, "r"), pd.read_parquet(other / CLIPS)
        except (OSError, ValueError, EOFError):  # damaged, or deleted just now
            continue
        if len(known) != len(old.counts) or old.means.shape[1] != new.means.shape[1]:
            continue  # damaged, too
        by = ["folder", *_SAME]
        pairs = clips.reset_index().merge(known.reset_index(), on=by, suffixes=("", "_old"))
        for row, old_row in zip(pairs["index"], pairs["index_old"], strict=True):
            count = int(old.counts[old_row])
            windows, old_windows = new.windows_of(row), old.windows_of(old_row)
            prints, old_prints = new.prints_of(row), old.prints_of(old_row)
            if new.counts[row] == 0 and 0 < count <= len(windows) and len(prints) == len(old_prints):
                windows[:count], prints[:] = old_windows[:count], old_prints
                new.means[row], new.scores[row] = old.means[old_row], old.scores[old_row]
                new.counts[row] = count  # last: the clip is done


def remove_earlier(folder: Path) -> None:
    """Remove the stores that a complete one takes the place of: most of their clips are its own, too."""
    with suppress(OSError, ValueError, Timeout):  # what cannot be read or removed stays
        ours = _read_files(folder)
        for other in _others(folder):
            theirs = _read_files(other)
            if len(theirs & ours) > len(theirs) / 2 and len(theirs & ours) > len(ours) / 2:
                with FileLock(other.with_suffix(".lock"), timeout=0):  # not while somebody writes there
                    remove(other)
                for suffix in (".lock", ".log", ".stop"):
                    remove(other.with_suffix(suffix))


def _read_files(folder: Path) -> set[tuple[str, str]]:
    """The folder and id of each clip of a store."""
    table = pd.read_parquet(folder / CLIPS, columns=["folder", "clip_id"])
    return set(zip(table["folder"], table["clip_id"], strict=True))


def _others(folder: Path) -> Iterator[Path]:
    """Other stores of the same network and rules, the newest first, less those that are damaged."""
    network = _network(folder)
    others = [path.parent for path in folder.parent.glob(f"*/{LAYOUT}") if path.parent != folder]
    for other in sorted(others, key=_time, reverse=True):
        try:
            is_same = _network(other) == network
        except (OSError, ValueError, AttributeError):
            continue
        if is_same:
            yield other


def _network(folder: Path) -> tuple[str, str, str]:
    layout = json.loads((folder / LAYOUT).read_text())
    return layout.get("embedder"), layout.get("version"), layout.get("rules")


def _time(folder: Path) -> float:
    try:
        return (folder / LAYOUT).stat().st_mtime
    except OSError:
        return 0.0

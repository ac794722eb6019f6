"""Do decisions survive eight writers at once, one of them killed? On SQLite and on PostgreSQL.

Each writer is a process that adds its share of the decisions one by one and notes down what the store says.
One is killed (SIGKILL) in the middle and started again with the same tokens from the first on, as an app does
that cannot know which answers it lost. Meanwhile a reader follows the table by asking for what is new. Then
all is compared: what was answered, what the reader saw, what is stored. PostgreSQL is a server of its own,
without syncs to disk; SQLite syncs each decision. With `--browsers`, people press keys at the page Label on
the same database at the same time, and the app is killed in the middle. Prints one JSON object.
"""

import json
import multiprocessing
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.common import FAILURE, OK, run_script, script_parser
from benchmarks.targets.label_browsers import compare_pressed, label_in_browsers
from fsat_core.errors import LabelError
from fsat_core.labels import Decision, LabelStore
from tools.postgres_server import postgres_server, why_no_server

NAME = "targets.label_writers"
DATABASES = ("sqlite", "postgresql")
FAULTS = ("lost", "doubled", "unseen", "browser_faults")
_READ_EVERY_S = 0.02


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where a decision was lost or doubled."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("--decisions", type=int, default=10_000, metavar="N", help="default: 10000")
    parser.add_argument("--writers", type=int, default=8, metavar="N", help="default: 8")
    parser.add_argument("--browsers", type=int, default=0, metavar="N", help="default: 0")
    parser.add_argument("--database", action="append", choices=DATABASES, help="default: both")
    options = parser.parse_args(arguments)

    def work() -> int:
        figures = {}
        for database in options.database or DATABASES:
            with tempfile.TemporaryDirectory() as scratch, open_database(database, Path(scratch)) as url:
                figures[database] = rehearse(
                    url, Path(scratch), options.decisions, options.writers, options.browsers
                )
        print(json.dumps(figures, indent=2))
        return FAILURE if any(figure[fault] for figure in figures.values() for fault in FAULTS) else OK

    return run_script(NAME, work)


@contextmanager
def open_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of a fresh database, for as long as the context lasts."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'labels.db'}"
        return
    if reason := why_no_server():
        raise LabelError(f"{reason}; expected one. Install it, or say --database sqlite.")
    with postgres_server() as server:
        yield server.new_database()


def rehearse(
    url: str, folder: Path, num_decisions: int, num_writers: int = 8, num_browsers: int = 0
) -> dict[str, Any]:
    """Let the writers write, and people in browsers beside them.

    Returns
    -------
    dict
        `lost`: decisions that were answered for and are not there, or under another id; `doubled`: rows too
        many; `unseen`: rows that the reader missed; `again`: answers that the killed writer had, and whose
        decisions it sent once more; `num_decisions, num_writers`; `seconds` and `decisions_per_s`, with the
        start of the processes; what one `add` took: `p50_ms, p95_ms, max_ms`; and `browser_decisions` and
        `browser_faults`: what was pressed, and how many rows say otherwise.
    """
    # Forked from one process that has imported everything, or the imports would take longer than the work.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", "benchmarks.common", "fsat_core.labels"])
    share = num_decisions // num_writers

    def start(number: int) -> BaseProcess:
        name = f"writer_{number}"
        process = context.Process(target=write, args=(url, name, share, folder / name))
        process.start()
        return process

    with LabelStore.open(url) as store, ThreadPoolExecutor() as pool:
        people = pool.submit(label_in_browsers, url, folder / "app", num_browsers) if num_browsers else None
        while people and not people.done() and store.decisions().empty:
            time.sleep(_READ_EVERY_S)  # until the pages are open, and the first key was pressed
        seen = [store.decisions()]
        began = time.monotonic()
        writers = [start(number) for number in range(num_writers)]
        again = 0
        while any(writer.is_alive() for writer in writers) or (people and not people.done()):
            time.sleep(_READ_EVERY_S)
            seen.append(_read_on(store, seen))
            if not again and (answered := len(_answers(folder / "writer_0"))) >= share // 4:
                writers[0].kill()
                writers[0].join()
                again = answered
                writers[0] = start(0)
        seconds = time.monotonic() - began
        seen.append(_read_on(store, seen))
        stored = store.decisions()
    if failed := [writer.exitcode for writer in writers if writer.exitcode]:
        raise LabelError(f"{len(failed)} writers ended with {failed}: expected 0. See what they say above.")
    answers = pd.concat([_answers(folder / f"writer_{number}") for number in range(num_writers)])
    pressed = people.result() if people else {}
    return {
        **_compare(answers, stored, pd.concat(seen)),
        "again": again,
        "num_decisions": len(stored),
        "num_writers": num_writers,
        "seconds": round(seconds, 1),
        "decisions_per_s": round(len(stored) / seconds),
        **_percentiles(answers["seconds"]),
        **compare_pressed(pressed, stored),
    }


def write(url: str, name: str, num_decisions: int, answers: Path) -> None:
    """Add decisions `name-0` to `name-<n-1>`; a line `token id seconds` for each answer of the store."""
    with LabelStore.open(url) as store, answers.open("a", buffering=1) as log:
        for number in range(num_decisions):
            # All writers on the same clips in the same order, as two people who share a queue.
            clip_id, token = f"noisy/{number:05d}.wav", f"{name}-{number}"
            decision = Decision(clip_id, name, "relabel", "Bark", "Meow", queue="suspects", token=token)
            began = time.monotonic()
            row_id = store.add(decision)
            log.write(f"{token} {row_id} {time.monotonic() - began}\n")


def _read_on(store: LabelStore, seen: Sequence[pd.DataFrame]) -> pd.DataFrame:
    last = [int(table["id"].max()) for table in seen if len(table)]
    return store.decisions(after_id=max(last, default=0))


def _answers(path: Path) -> pd.DataFrame:
    """Token, id and seconds of each answer so far; the killed writer may have left half a line."""
    text = path.read_text() if path.exists() else ""
    lines = [line.split() for line in text.splitlines(keepends=True) if line.endswith("\n")]
    return pd.DataFrame(lines, columns=["token", "id", "seconds"]).astype({"id": int, "seconds": float})


def _compare(answers: pd.DataFrame, stored: pd.DataFrame, seen: pd.DataFrame) -> dict[str, int]:
    ids = dict(zip(stored["token"], stored["id"], strict=True))
    return {
        "lost": int((answers["token"].map(ids) != answers["id"]).sum()),
        "doubled": int(stored.duplicated(["clip_id", "annotator"]).sum()),
        "unseen": len(set(stored["id"]) - set(seen["id"])),
    }


def _percentiles(seconds: pd.Series) -> dict[str, float]:
    p50, p95, most = np.percentile(seconds * 1000, [50, 95, 100])
    return {"p50_ms": round(p50, 1), "p95_ms": round(p95, 1), "max_ms": round(most, 1)}


if __name__ == "__main__":
    raise SystemExit(main())

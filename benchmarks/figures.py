"""Figures with a target: what a script measured, as a table for people and as a list for programs."""

import gc
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import FAILURE, OK, format_table, run_script, script_parser

RATIO = "x"  # how many times as fast as its rival
ROUNDS = 5


@dataclass(frozen=True)
class Figure:
    """One measured value beside its target.

    Parameters
    ----------
    item : str
        What was measured, and against what.
    value : float
    unit : str
        `RATIO`, "ms", "s", "MB", "kB" or "%".
    target : float
        In the same unit.
    at_most : bool
        Whether the target is an upper bound; otherwise it is a lower one.
    """

    item: str
    value: float
    unit: str
    target: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        """Whether the value is on the right side of the target."""
        return self.value <= self.target if self.at_most else self.value >= self.target

    def to_json(self) -> dict[str, Any]:
        """`{"item", "value", "unit", "target", "met"}`."""
        return {
            "item": self.item,
            "value": round(self.value, 4),
            "unit": self.unit,
            "target": self.target,
            "met": self.met,
        }


def seconds_of(
    *jobs: Callable[[], object], rounds: int = ROUNDS, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Median wall time of each job, in seconds: they take turns, after one turn that does not count."""
    times: list[list[float]] = [[] for _ in jobs]
    for turn in range(rounds + 1):
        for job, seconds in zip(jobs, times, strict=True):
            gc.collect()  # no job clears up after another
            start = clock()
            job()
            if turn > 0:
                seconds.append(clock() - start)
    return [statistics.median(seconds) for seconds in times]


def run_figures(
    name: str,
    description: str | None,
    measure: Callable[[Path], Iterable[Figure]],
    arguments: Sequence[str] | None = None,
) -> int:
    """The script `name` whose figures `measure` yields, given a folder for its files that is removed after.

    Returns
    -------
    int
        Exit status: 1 where a target is missed.
    """
    parser = script_parser(name, description)
    parser.add_argument("--json", action="store_true", help="a list instead of a table")
    options = parser.parse_args(arguments)

    def work() -> int:
        with tempfile.TemporaryDirectory(prefix=f"fsat-{name}-") as folder:
            figures = list(measure(Path(folder)))
        rows = [figure.to_json() for figure in figures]
        print(json.dumps(rows, indent=2) if options.json else figure_table(rows))
        return OK if all(row["met"] for row in rows) else FAILURE

    return run_script(name, work)


def figure_table(rows: Sequence[dict[str, Any]]) -> str:
    """A Markdown table of figures as `Figure.to_json` gives them."""
    return format_table(
        ("item", "value", "target", "met"),
        [
            (
                row["item"],
                f"{row['value']:,.4g} {row['unit']}",
                f"{row['target']:,g} {row['unit']}",
                "yes" if row["met"] else "no",
            )
            for row in rows
        ],
    )

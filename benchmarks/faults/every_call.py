"""Every write, fsync, rename, … of a training and of labelling fails once; then the work is taken up again.

    python -m benchmarks.faults.every_call [--scenario labelling training] [--points N] [--seed N]
        [--turns N] [--json]

For each point (a call, and ENOSPC, EIO or SIGKILL) a forked process does the work on a fresh copy and meets
the failure; another one takes the work up again, as a user would. What there is in the end must be what there
is without a failure, to the byte. Without `--points` all of them are tried.
"""

import argparse
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.faults import failing_calls
from benchmarks.faults.scenarios import NUM_TURNS, Labelling, Scenario, Training

KILLED = -9


@dataclass(frozen=True)
class Point:
    """A call that fails, and what came of it: "" where all was well after the work was taken up again."""

    scenario: str
    call: int
    failure: str
    fault: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where something was lost."""
    scenarios = (Labelling.name, Training.name)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--scenario", nargs="+", choices=scenarios, default=scenarios)
    parser.add_argument("--points", type=int, help="so many of each scenario, drawn by the seed; else all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--turns", type=int, default=NUM_TURNS, help=f"of labelling; {NUM_TURNS} by default")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if reason := failing_calls.why_not():
        parser.error(reason)
    with tempfile.TemporaryDirectory(prefix="fsat-faults-") as folder:
        if "LD_PRELOAD" not in os.environ:
            command = [sys.executable, "-m", "benchmarks.faults.every_call", *(arguments or sys.argv[1:])]
            return subprocess.run(command, env=failing_calls.environment(Path(folder))).returncode
        points = [
            point
            for scenario in (Labelling(options.turns), Training())
            if scenario.name in options.scenario
            for point in try_points(scenario, Path(folder) / scenario.name, options.points, options.seed)
        ]
    bad = [point for point in points if point.fault]
    if options.json:
        print(json.dumps({"points": len(points), "faults": [asdict(point) for point in bad]}, indent=2))
    else:
        for point in bad:
            print(f"{point.scenario} call {point.call} {point.failure}: {point.fault}")
        print(f"{len(points):,} points, {len(bad):,} faults")
    return 1 if bad else 0


def try_points(scenario: Scenario, folder: Path, num_points: int | None, seed: int) -> list[Point]:
    """Try all points of a scenario, or some drawn by the seed."""
    folder.mkdir()
    # One folder for all: files of a run hold its path.
    start, work = folder / "start", folder / "work"
    log = folder / "log"
    scenario.warm_up()
    scenario.prepare(start)
    shutil.copytree(start, work)
    counted = folder / "calls"

    def undisturbed() -> int:
        failing_calls.arm(work, 0, "EIO")
        scenario.work(work)
        counted.write_text(str(failing_calls.num_calls()))
        return 0

    if status := failing_calls.in_child(undisturbed, log):
        raise RuntimeError(f"{scenario.name} failed by itself ({status}):\n{log.read_text()}")
    wanted = scenario.outcome(work)
    points = [
        Point(scenario.name, call, failure)
        for call, failure in itertools.product(range(1, int(counted.read_text()) + 1), failing_calls.ERRORS)
    ]
    if num_points is not None and num_points < len(points):
        points = random.Random(seed).sample(points, num_points)
    return [_try(scenario, point, start, wanted, work) for point in _told(points)]


def _told(points: Sequence[Point]) -> list[Point]:
    """The points; how many there are is said on standard error."""
    print(f"{len(points):,} points", file=sys.stderr)
    return list(points)


def _try(scenario: Scenario, point: Point, start: Path, wanted: dict[str, bytes], work: Path) -> Point:
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(start, work)
    log = work.with_suffix(".log")
    log.unlink(missing_ok=True)

    def disturbed() -> int:
        failing_calls.arm(work, point.call, point.failure)
        scenario.work(work)
        return 0

    def again() -> int:
        scenario.work(work)
        return 0

    first = failing_calls.in_child(disturbed, log)
    if first not in (0, KILLED if point.failure == "SIGKILL" else scenario.GAVE_UP):
        return _with(point, f"ended with {first}", log)
    status = failing_calls.in_child(again, log) if first else 0
    if status:
        return _with(point, f"could not be taken up again ({status})", log)
    found = scenario.outcome(work)
    differing = [name for name, value in found.items() if wanted.get(name) != value]
    missing = sorted(wanted.keys() - found.keys())
    if differing or missing:
        return _with(point, f"differs: {differing[:5]}, missing: {missing[:5]}", log)
    return point


def _with(point: Point, fault: str, log: Path) -> Point:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return Point(point.scenario, point.call, point.failure, " | ".join([fault, *lines[-3:]]))


if __name__ == "__main__":
    start_s = time.monotonic()
    status = main()
    if "LD_PRELOAD" not in os.environ:
        print(f"{time.monotonic() - start_s:.0f} s", file=sys.stderr)
    raise SystemExit(status)

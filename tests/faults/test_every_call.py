"""Some of the points of every_call.py, drawn by a seed; the script tries them all."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.faults import failing_calls

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(bool(failing_calls.why_not()), reason=failing_calls.why_not())
@pytest.mark.parametrize(("scenario", "num_points"), [("labelling", 94), ("training", 6)])
def test_a_call_that_fails_loses_nothing(scenario: str, num_points: int) -> None:
    """After a full or broken disk or a kill, work that is taken up again ends as if nothing had been."""
    command = [sys.executable, "-m", "benchmarks.faults.every_call", "--scenario", scenario, "--turns", "1"]
    done = subprocess.run(
        [*command, "--points", str(num_points), "--json"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert report["faults"] == []
    assert report["points"] == num_points
    assert done.returncode == 0

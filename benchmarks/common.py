"""What the scripts share: public commands in processes of their own, test scores, tables, exit status."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.sets.kaggle_set import labels_of_test
from fsat_core.dataset import open_dataset
from fsat_core.errors import FsatError, RunError
from fsat_core.evaluation import score
from fsat_core.evaluation.scores import Scores
from fsat_core.prediction.together import Method, combine_runs
from fsat_core.runs import Run

OK, FAILURE, WRONG_CALL = 0, 1, 2
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes in one step of ru_maxrss


@dataclass(frozen=True)
class Measured:
    """What a command printed with `--json`, its wall time, and the most memory that it held at once."""

    value: Any
    seconds: float
    peak_mb: float


def run_command(words: Sequence[object], environment: Mapping[str, object] | None = None) -> Measured:
    """Run `python -m fsat_core WORDS --json` in a process of its own; its progress goes to standard error.

    Parameters
    ----------
    words : sequence
        Command and arguments.
    environment : mapping, optional
        Variables on top of this process's own.

    Raises
    ------
    RunError
        If the command does not end with exit status 0.
    """
    command = [sys.executable, "-m", "fsat_core", *map(str, words), "--json"]
    variables = os.environ | {name: str(value) for name, value in (environment or {}).items()}
    with tempfile.TemporaryFile() as out:
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=out, env=variables)
        _, status, usage = os.wait4(process.pid, 0)  # unlike `wait`, it says what this one child used
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        printed = out.read()
    if process.returncode != OK:
        raise RunError(
            f"python -m fsat_core {' '.join(map(str, words))} ended with status {process.returncode}: "
            "expected 0. Mend what it says above, and start again."
        )
    return Measured(json.loads(printed), seconds, usage.ru_maxrss * _RSS_UNIT / 1e6)


def score_test_clips(run_dir: Path, data_dir: Path) -> Scores | None:
    """Scores of a finished run's `test.parquet`; None where the set does not know its test labels."""
    return score_together([run_dir], data_dir)


def score_together(run_dirs: Sequence[Path], data_dir: Path, how: Method = "geometric") -> Scores | None:
    """Scores of what several runs say together of the test clips.

    None where the set does not know its test labels.
    """
    truth = labels_of_test(open_dataset(data_dir))
    if not (truth["labels"] != "").any():
        return None
    truth = truth.assign(clip_id="test/" + truth["fname"])
    return score(combine_runs([Run(run_dir) for run_dir in run_dirs], how, "test", truth))


def format_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; numbers with three decimals at most, None as nothing."""
    lines = [list(header), ["---"] * len(header), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def script_parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """A parser for the script `name`, whose help is its docstring, line by line."""
    return argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def run_script(name: str, work: Callable[[], int | None]) -> int:
    """The exit status of a script, as the commands' is: 2 for wrong input, after a line about it."""
    try:
        return work() or OK
    except FsatError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return WRONG_CALL
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return FAILURE

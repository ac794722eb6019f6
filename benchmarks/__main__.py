"""All figures that have a target, each script in a process of its own; needs no data set.

Prints a table, or with `--json` a list of `{"item", "value", "unit", "target", "met"}`. Exit status 1 where a
target is missed.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.common import FAILURE, OK, run_script, script_parser
from benchmarks.figures import figure_table
from fsat_core.errors import RunError

SCRIPTS = ("preparing", "epochs", "answers", "memory", "server")
IN_BROWSER = ("pages", "steps")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the scripts; returns the exit status."""
    parser = script_parser("", __doc__)
    parser.prog = "python -m benchmarks"
    parser.add_argument("--json", action="store_true", help="a list instead of a table")
    parser.add_argument("--browser", action="store_true", help="measure pages in Chromium, too")
    every = [*SCRIPTS, *IN_BROWSER]
    parser.add_argument(
        "--only", nargs="+", choices=every, metavar="NAME", help=f"some of {', '.join(every)}"
    )
    options = parser.parse_args(arguments)
    chosen = options.only or (every if options.browser else SCRIPTS)

    def work() -> int:
        rows = [row for name in chosen for row in measure(name)]
        print(json.dumps(rows, indent=2) if options.json else figure_table(rows))
        return OK if all(row["met"] for row in rows) else FAILURE

    return run_script("benchmarks", work)


def measure(name: str) -> list[dict[str, Any]]:
    """The figures of one script, with its progress on standard error; RunError if it has none."""
    print(f"{name} …", file=sys.stderr)
    start = time.monotonic()
    command = [sys.executable, "-m", f"benchmarks.targets.{name}", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    print(f"{name}: {time.monotonic() - start:,.0f} s", file=sys.stderr)
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise RunError(
            f"python -m benchmarks.targets.{name} ended with status {done.returncode} and without figures: "
            "expected a list. Mend what it says above, and start again."
        ) from error


if __name__ == "__main__":
    sys.exit(main())

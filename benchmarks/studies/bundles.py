"""Whether bundles answer as the program does in an environment of their own, with nothing but their packages.

pip makes that environment anew from the bundle's `requirements.txt`, so this needs a package index. For each
run alone and for all together the script of a bundle and `predict` are asked about the same files. Prints the
largest difference of a probability, and the files of which one says that they are no sound and the other does
not. Exit status 1 where a difference is over 1e-4.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import FAILURE, OK, format_table, run_command, run_script, script_parser

NAME = "studies.bundles"
TOLERANCE = 1e-4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument(
        "run_dirs", nargs="+", type=Path, metavar="RUN_DIR", help="finished runs of one folder"
    )
    parser.add_argument("--files", nargs="+", type=Path, required=True, metavar="FILE", help="sound files")
    options = parser.parse_args(arguments)

    def work() -> int:
        run_dirs = [path.resolve() for path in options.run_dirs]
        files = [path.resolve() for path in options.files]
        several = [[path] for path in run_dirs] + ([run_dirs] if len(run_dirs) > 1 else [])
        with tempfile.TemporaryDirectory(prefix="fsat-bundles-") as folder:
            rows = [compare(each, files, Path(folder)) for each in several]
        shown = [(*row[:3], f"{row[3]:.1e}", row[4]) for row in rows]
        print(format_table(("runs", "files", "answered", "largest difference", "one answers alone"), shown))
        return OK if all(row[3] <= TOLERANCE and row[4] == 0 for row in rows) else FAILURE

    return run_script(NAME, work)


def compare(run_dirs: Sequence[Path], files: Sequence[Path], folder: Path) -> tuple[str, int, int, Any, int]:
    """A row of the table."""
    where, run_ids = ["--runs", run_dirs[0].parent], [path.name for path in run_dirs]
    own = folder / f"bundle-{'+'.join(run_ids)}"
    run_command(["bundle", "--run", *run_ids, *where, "--out", own.with_suffix(".zip")])
    with zipfile.ZipFile(own.with_suffix(".zip")) as archive:
        archive.extractall(own)
    python = make_environment(own / "requirements.txt", folder / "environment")
    said = ask(python, own / "tag.py", files)
    asked = [word for run_id in run_ids for word in ("--run", run_id)]
    expected = run_command(["predict", *files, *asked, *where, "--top", 0]).value
    differences, num_alone = [], 0
    for found, wanted in zip(said, expected, strict=True):
        if bool(found["error"]) != bool(wanted["error"]):
            num_alone += 1
            continue
        values = {row["label"]: row["probability"] for row in found["labels"]}
        differences += [abs(values[row["label"]] - row["probability"]) for row in wanted["labels"]]
    answered = sum(not found["error"] for found in said)
    return " + ".join(run_ids), len(files), answered, max(differences, default=0.0), num_alone


def make_environment(requirements: Path, folder: Path) -> Path:
    """The interpreter of a new environment with these requirements, made once."""
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(requirements)], check=True)
    return python


def ask(python: Path, script: Path, files: Sequence[Path]) -> list[dict[str, Any]]:
    """What the script of a bundle says of each file."""
    command = [str(python), "-I", str(script), *map(str, files)]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [json.loads(line) for line in printed.splitlines()]


if __name__ == "__main__":
    sys.exit(main())

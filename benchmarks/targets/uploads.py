"""Files that could end the app where it may hold 2 GB in memory: dropped on Predict from two browsers.

Each file is dropped beside a good clip, in both browsers at once. The good clip has to be answered and the
page to go on, without a trace in the browser or in the app's output. The run that answers is a dummy, trained
on the demo set in front of all. What counts is the most that the app ever held at once: one byte more than
the limit would have ended it. (`ulimit -d` and `-v` count what threads reserve and never use.)
Needs Chromium.
"""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.common import run_command
from benchmarks.figures import Figure, run_figures
from benchmarks.sets.hostile_sounds import LONG, QUICK, Writer
from tools.app_server import CHROMIUM, CHROMIUM_FLAGS, AppServer

NAME = "targets.uploads"
LIMIT_MB = 2_000
PATIENCE_MS = 600_000
NUM_BROWSERS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where a target is missed."""
    return run_figures(NAME, __doc__, measure, arguments)


def measure(folder: Path) -> Iterator[Figure]:
    """How many of the files were survived in both browsers, and the most memory that the app held."""
    (folder / "app").mkdir()
    server = AppServer(folder / "app")
    folders = {"FSAT_RUNS_DIR": server.runs_dir, "FSAT_CACHE_DIR": server.cache_dir}
    run_command(["train", "--model", "mfcc_dummy", "--recipe", "quick", "--data", server.data_dir], folders)
    good = next((server.data_dir / "test").glob("*.wav"))
    files = write_files(folder / "files", {**QUICK, **LONG})
    server.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
            survived = [survives(server, browser, good, [file]) for file in files]
            browser.close()
    finally:
        peak_mb = server.peak_mb()
        server.stop()
    yield Figure("files after which both browsers went on", 100 * sum(survived) / len(files), "%", 100)
    yield Figure("the app's memory at most", peak_mb, "MB", LIMIT_MB, at_most=True)


def write_files(folder: Path, writers: Mapping[str, Writer]) -> list[Path]:
    """The files, written to a new folder."""
    folder.mkdir()
    for name, write in writers.items():
        write(folder / name)
    return [folder / name for name in writers]


def survives(server: AppServer, browser: Browser, good: Path, files: Sequence[Path]) -> bool:
    """Whether a good clip is answered beside these files in every browser; standard error says why not."""
    contexts = [browser.new_context() for _ in range(NUM_BROWSERS)]
    try:
        drop_beside(server, [context.new_page() for context in contexts], good, files)
    except AssertionError as error:
        print(f"{', '.join(file.name for file in files)}: {error}", file=sys.stderr)
        return False
    finally:
        for context in contexts:
            context.close()
    return True


def drop_beside(server: AppServer, pages: Sequence[Page], good: Path, files: Sequence[Path]) -> None:
    """Drop files beside a good clip; an AssertionError unless every page answers it and goes on."""
    for page in pages:
        page.goto(f"{server.url}/predict")
        page.locator("input[type=file]").set_input_files([good, *files])
    answer = re.compile(f"^Likeliest classes of {re.escape(good.name)}: ")
    for page in pages:
        expect(page.get_by_label(answer)).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0, timeout=PATIENCE_MS)
        expect(page.locator("[data-testid=stException]")).to_have_count(0)
    for page in pages:  # and they go on
        page.goto(f"{server.url}/clips")
        expect(page.get_by_role("heading", name="Clips", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    if "Traceback" in server.log():
        raise AssertionError(f"the app printed a trace:\n{server.log()}")


if __name__ == "__main__":
    sys.exit(main())

"""The report of a run: everything in one file, escaped, and said where there is nothing yet."""

import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from fsat_core.cli import main
from fsat_core.evaluation import load_oof, score
from fsat_core.report import run_report
from fsat_core.runs import Run, RunStatus, save_notes
from fsat_core.settings import Settings

NewRun = Callable[..., Run]
EVIL = "<script>alert(1)</script>&"


class Outline(HTMLParser):
    """The tags of a page, whose ends have to be there, and its headings."""

    EMPTY = frozenset({"meta", "line", "circle", "polyline", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.headings: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [str(value) for name, value in attrs if name in ("src", "href")]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.EMPTY:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)


@pytest.fixture
def finished(finished_runs: dict[str, Run], tmp_path: Path) -> Run:
    source = finished_runs["mfcc_dummy"]
    return Run(Path(shutil.copytree(source.path, tmp_path / "runs" / source.run_id)))


def test_a_finished_run_has_all_parts_and_needs_no_network(finished: Run) -> None:
    text = run_report(finished)
    page = Outline(text)
    parts = ["Scores", "Learning curves", "Classes, hardest first", "Confusions"]
    assert page.headings == [*parts, "Data and folds", "Configuration"]
    assert page.links == []
    assert not page.tags & {"script", "link", "img", "iframe"}
    assert "http" not in re.sub(r"<title>.*?</title>", "", text)
    assert f"{score(load_oof(finished)).lwlrap:.3f}" in text
    for words in ("95 % interval", "Epoch 2", "recognised", "learning_rate"):
        assert words in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_names_notes_and_warnings_are_escaped(finished: Run) -> None:
    save_notes(finished, f"{EVIL}\nsecond line", ["<b>"])
    classes = (finished.path / "classes.json").read_text()
    first = finished.classes[0]
    for path in (finished.path / "classes.json", finished.path / "labels.csv"):
        path.write_text(path.read_text().replace(first, "<i>x</i>"))
    assert (finished.path / "classes.json").read_text() != classes
    status = finished.status
    status.warnings = [EVIL]
    status.save(finished.path / "status.json")
    text = run_report(Run(finished.path))
    page = Outline(text)
    assert not page.tags & {"script", "i", "b"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;<br>second line" in text
    assert "Warnings" in page.headings


def test_what_is_not_there_yet_is_said(settings: Settings, new_run: NewRun) -> None:
    run = new_run()
    text = run_report(run)
    page = Outline(text)
    assert "There is no result yet: 0 of 2 folds saved." in text
    assert "No epoch has been finished yet." in text
    assert page.headings == ["Scores", "Learning curves", "Data and folds", "Configuration"]
    RunStatus("failed", error=EVIL).save(run.path / "status.json")
    assert "&lt;script&gt;" in run_report(run)


def test_what_is_damaged_is_a_line_in_its_place(finished: Run) -> None:
    (finished.path / "oof.parquet").write_text("torn")
    (finished.fold_dir(0) / "metrics.csv").write_text("torn")
    text = run_report(Run(finished.path))
    Outline(text)
    assert "oof.parquet cannot be read" in text
    assert "metrics.csv cannot be read" in text
    assert "learning_rate" in text
    shutil.rmtree(finished.path)
    assert "config.json cannot be read" in run_report(Run(finished.path))


def test_the_command_writes_the_file(
    finished: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    runs = ["--runs", str(finished.path.parent)]
    assert main(["runs", "report", finished.run_id, str(file), *runs]) == 0
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert main(["runs", "report", "no-such-run", str(file), *runs]) == 2
    assert main(["runs", "report", finished.run_id, str(tmp_path), *runs]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2

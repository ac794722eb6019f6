"""Known attacks on what is read from a table, a run folder, an import, an upload: none succeeds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.hostile import attacks, siege
from benchmarks.hostile.siege import Outcome
from fsat_core.labels import LabelStore
from fsat_core.runs import Run


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as opened:
        yield opened


def succeeded(outcomes: Iterator[Outcome], at_least: int) -> list[Outcome]:
    """The attacks that achieved something; so many were tried at least."""
    tried = list(outcomes)
    assert len(tried) >= at_least
    return [outcome for outcome in tried if outcome[1]]


def test_messages_of_the_board(store: LabelStore) -> None:
    assert succeeded(siege.on_the_board(store, "curated/a.wav"), 100) == []


def test_files_of_labels(kaggle_set: Path, tmp_path: Path) -> None:
    assert succeeded(siege.in_imports(kaggle_set, tmp_path / "cache"), 30) == []


def test_names(finished: Run, tmp_path: Path, store: LabelStore) -> None:
    assert succeeded(siege.in_names(tmp_path / "runs", finished, store), 200) == []


def test_tables_of_a_data_set(kaggle_set: Path, tmp_path: Path) -> None:
    assert succeeded(siege.in_tables(kaggle_set, tmp_path / "cache"), 40) == []


def test_folders_of_runs(finished: Run, tmp_path: Path) -> None:
    assert succeeded(siege.in_a_run(finished, tmp_path), 15) == []


def test_uploads(finished: Run) -> None:
    assert succeeded(siege.in_uploads(finished), 15) == []


def test_an_attack_that_succeeds_is_seen() -> None:
    def leak() -> None:
        from fsat_core.errors import FsatError

        raise FsatError(f"The file says {attacks.SECRET}.")

    assert siege.attempt("x", leak)[1] == "the secret is out"
    assert siege.attempt("x", lambda: 1 / 0)[1].startswith("ZeroDivisionError")

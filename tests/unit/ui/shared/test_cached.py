"""Answers about runs, kept until one of their files changes."""

import gc
import weakref
from collections.abc import Sequence
from pathlib import Path

import pytest

from fsat_core.runs import Run
from ui.shared.cached import CURVE_FILES, NETWORK_FILES, RESULT_FILES, cached_by_run


@pytest.fixture
def runs(tmp_path: Path) -> list[Run]:
    """Two runs of one fold, with a file of each kind."""
    for run_id in ("a", "b"):
        (tmp_path / run_id / "fold_00").mkdir(parents=True)
        for name in ("oof.parquet", "fold_00/metrics.csv", "fold_00/oof.npy"):
            (tmp_path / run_id / name).write_text("one")
    return [Run(tmp_path / "a"), Run(tmp_path / "b")]


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (RESULT_FILES, "oof.parquet"),
        (RESULT_FILES, "test.parquet"),
        (CURVE_FILES, "fold_00/metrics.csv"),
        (CURVE_FILES, "fold_01/metrics.csv"),
        (NETWORK_FILES, "members.onnx"),
        (NETWORK_FILES, "fold_00/oof.npy"),
    ],
)
def test_an_answer_is_kept_until_one_of_its_files_changes(
    runs: list[Run], files: Sequence[str], name: str
) -> None:
    asked = []

    @cached_by_run(files, max_entries=9)
    def answer(run: Run, option: str) -> str:
        asked.append((run.run_id, option))
        return f"{run.run_id} {option}"

    run, other = runs
    assert [answer(run, "x"), answer(run, "x"), answer(run, "y"), answer(other, "x")] == ["a x"] * 2 + [
        "a y",
        "b x",
    ]
    assert asked == [("a", "x"), ("a", "y"), ("b", "x")]
    (run.path / "worker.log").write_text("Epoch 1")  # not one of its files
    answer(run, "x")
    assert len(asked) == 3
    (run.path / name).parent.mkdir(exist_ok=True)
    (run.path / name).write_text("other")
    answer(run, "x")
    answer(other, "x")
    assert asked[3:] == [("a", "x")]


def test_runs_have_read_nothing_before(runs: list[Run]) -> None:
    @cached_by_run(max_entries=9)
    def known(run: Run, others: Sequence[Run]) -> list[bool]:
        return ["classes" in vars(each) for each in (run, *others)]

    for run in runs:
        vars(run)["classes"] = ["Bark"]
    assert known(runs[0], runs) == [False, False, False]


def test_an_answer_about_several_runs_depends_on_each_and_on_their_order(runs: list[Run]) -> None:
    asked = []

    @cached_by_run(max_entries=9)
    def names(runs: Sequence[Run]) -> str:
        asked.append(1)
        return "".join(run.run_id for run in runs)

    assert [names(runs), names(tuple(runs)), names(runs[::-1]), names(runs[:1])] == ["ab", "ab", "ba", "a"]
    asked.clear()
    (runs[1].path / "oof.parquet").write_text("other")
    names(runs)
    names(runs[:1])
    assert len(asked) == 1


def test_an_answer_that_is_out_of_date_is_let_go_of(runs: list[Run]) -> None:
    class Answer:
        pass

    @cached_by_run(CURVE_FILES, max_entries=9)
    def answer(run: Run) -> Answer:
        return Answer()

    first, other = map(weakref.ref, map(answer, runs))
    (runs[0].path / "fold_00" / "metrics.csv").write_text("another epoch")
    second = weakref.ref(answer(runs[0]))
    gc.collect()
    assert first() is None
    assert second() is answer(runs[0])
    assert other() is answer(runs[1])


def test_a_file_that_changes_meanwhile_is_looked_at_again(runs: list[Run]) -> None:
    asked = []

    @cached_by_run(max_entries=9)
    def answer(run: Run) -> str:
        asked.append(1)
        text = (run.path / "oof.parquet").read_text()
        (run.path / "oof.parquet").write_text("another")
        return text

    assert [answer(runs[0]), answer(runs[0])] == ["one", "another"]
    assert len(asked) == 2


def test_an_error_is_not_kept(runs: list[Run]) -> None:
    asked = []

    @cached_by_run(max_entries=9)
    def fail(run: Run) -> None:
        asked.append(1)
        raise ValueError("no answer")

    for _ in range(2):
        with pytest.raises(ValueError, match="no answer"):
            fail(runs[0])
    assert len(asked) == 2

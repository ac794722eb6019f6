"""Scores on the test clips on Evaluate, by labels that come with the set or are brought along."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.evaluation import load_test, read_truth, score_by_usage
from fsat_core.runs import Run

OpenApp = Callable[..., AppTest]
TRUTH = "fname,labels,usage\n" + "\n".join(
    f"test_{name.lower()}.wav,{name},{usage}"
    for name, usage in (("Bark", "Public"), ("Knock", "Private"), ("Meow", "Private"), ("Siren", "Private"))
)


def upload(app: AppTest, content: str) -> AppTest:
    app.file_uploader(key="evaluate_truth").upload("truth.csv", content.encode())
    return app.run()


def test_labels_of_the_test_clips_can_be_brought_along(open_app: OpenApp, run: Run) -> None:
    app = upload(open_app("evaluate"), TRUTH)
    assert not app.exception
    assert not app.error
    table = app.main.table[0].value
    assert table.index.tolist() == ["All", "Public", "Private"]
    assert table["Clips"].tolist() == ["4", "1", "3"]
    test = pd.read_parquet(run.path / "test.parquet").set_index("clip_id")
    ranked = test.loc["test/test_bark.wav"].rank(ascending=False)
    assert float(table.loc["Public", "lwlrap"]) == pytest.approx(1 / ranked["Bark"], abs=5e-4)


@pytest.mark.parametrize(
    ("content", "words"),
    [("fname\na.wav", "labels"), ("fname,labels\nelsewhere.wav,Bark", "none of the"), ("", "CSV")],
)
def test_table_that_is_no_truth_is_one_line(open_app: OpenApp, run: Run, content: str, words: str) -> None:
    app = upload(open_app("evaluate"), content)
    assert not app.exception
    assert len(app.error) == 1
    assert words in app.error[0].value
    assert not app.main.table
    assert app.main.metric, "the rest of the page is there"


def test_labels_that_come_with_the_set_are_used(
    open_app: OpenApp,
    run: Run,
    zenodo_set: Path,
    monkeypatch: pytest.MonkeyPatch,
    move_run: Callable[[Run, Path], None],
) -> None:
    monkeypatch.setenv("FSAT_DATA_DIR", str(zenodo_set))
    app = open_app("evaluate")
    assert not app.exception
    assert not app.main.table, "the run is of another set"
    move_run(run, zenodo_set)
    app = open_app("evaluate")
    assert not app.exception
    assert app.main.table[0].value["Clips"].tolist() == ["4", "2", "2"]
    assert not app.get("file_uploader")


def test_a_second_run_gives_the_change_on_the_test_clips(
    open_app: OpenApp, run: Run, other: Run, tmp_path: Path
) -> None:
    app = upload(open_app("evaluate", compare=other.run_id), TRUTH)
    assert not app.exception
    (tmp_path / "truth.csv").write_text(TRUTH)
    truth = read_truth(tmp_path / "truth.csv")
    mine, others = (score_by_usage(load_test(each, truth), truth) for each in (run, other))
    table = app.main.table[0].value
    assert table["Change"].tolist() == [
        f"{mine[part].lwlrap - others[part].lwlrap:+.3f}" for part in ("all", "Public", "Private")
    ]
    (other.path / "test.parquet").unlink()
    app.run()
    assert not app.exception
    assert not app.error
    assert "Change" not in app.main.table[0].value
    assert any("no test.parquet" in caption.value for caption in app.main.caption)

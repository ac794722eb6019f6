"""`compare` and `diagnose`: the same figures as the functions behind the page Evaluate."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fsat_core.cli import main
from fsat_core.evaluation import confused_clips, confusion, largest_confusions, load_oof, score, worst_clips
from fsat_core.evaluation.label_quality import relabel
from fsat_core.runs import Run

OK, WRONG_CALL = 0, 2


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], finished_runs: dict[str, Run]) -> Callable[..., str]:
    """Runs a command on the finished runs: what it printed, or its one line of error."""
    runs_dir = next(iter(finished_runs.values())).path.parent

    def run(*words: object, status: int = OK, runs: Path = runs_dir) -> str:
        capsys.readouterr()
        found = main([*map(str, words), "--runs", str(runs)])
        out, err = capsys.readouterr()
        assert found == status, err
        return err if status else out

    return run


@pytest.fixture
def first(finished_runs: dict[str, Run]) -> Run:
    return finished_runs["mfcc_dummy"]


@pytest.fixture
def second(finished_runs: dict[str, Run]) -> Run:
    return finished_runs["wave_dummy"]


def as_json(call: Callable[..., str], *words: object, **options: Any) -> Any:
    return json.loads(call(*words, "--json", **options))


def test_compare(call: Callable[..., str], first: Run, second: Run) -> None:
    value = as_json(call, "compare", first.run_id, second.run_id)
    for name, run in (("baseline", first), ("candidate", second)):
        assert value[name]["run_id"] == run.run_id
        assert value[name]["lwlrap"] == pytest.approx(score(load_oof(run)).lwlrap)
    assert (value["num_clips"], value["num_relabelled"]) == (12, 0)
    assert value["only_baseline"] == value["only_candidate"] == []
    changes = [row["change"] for row in value["classes"]]
    assert (len(changes), changes) == (3, sorted(changes, reverse=True))
    for row in value["classes"]:
        assert row["change"] == pytest.approx(row["candidate"] - row["baseline"])
    kinds = [row["kind"] for row in value["clips"]]
    assert (kinds.count("mended"), kinds.count("broken")) == (value["num_mended"], value["num_broken"])
    assert len(kinds) == 12
    back = as_json(call, "compare", second.run_id, first.run_id, "--top", "2")
    assert (back["num_mended"], back["num_broken"]) == (value["num_broken"], value["num_mended"])
    assert len(back["clips"]) == 2
    lines = call("compare", first.run_id, second.run_id, "--top", "1").splitlines()
    assert lines[0].startswith(f"{first.run_id}  lwlrap")
    assert lines[-1].startswith(f"  {value['clips'][0]['clip_id']}  ")


def test_compare_by_own_labels(call: Callable[..., str], first: Run, tmp_path: Path) -> None:
    shutil.copytree(first.path, tmp_path / first.run_id)
    other = Path(shutil.copytree(first.path, tmp_path / "other"))
    labels = pd.read_csv(other / "labels.csv")
    labels.loc[0, "labels"] = "Knock" if labels["labels"][0] != "Knock" else "Bark"
    labels.to_csv(other / "labels.csv", index=False)
    words = ("compare", "other", first.run_id)
    both = as_json(call, *words, runs=tmp_path)
    assert both["num_relabelled"] == 1
    assert both["baseline"]["lwlrap"] == both["candidate"]["lwlrap"]
    own = as_json(call, *words, "--own-labels", runs=tmp_path)
    assert own["baseline"]["lwlrap"] != own["candidate"]["lwlrap"]


def test_diagnose(call: Callable[..., str], first: Run) -> None:
    oof = load_oof(first)
    value = as_json(call, "diagnose", first.run_id)
    worst = worst_clips(oof, 12)
    assert [row["clip_id"] for row in value["worst_clips"]] == worst["clip_id"].tolist()
    pairs = largest_confusions(confusion(oof), 100)
    assert [(row["true"], row["predicted"], row["clips"]) for row in value["confusions"]] == list(
        zip(pairs["true"], pairs["predicted"], pairs["clips"], strict=True)
    )
    assert len(value["calibration"]) == 10
    assert any(row["confidence"] is None for row in value["calibration"])
    text = call("diagnose", first.run_id, "--top", "1")
    assert "clips with one label are recognised" in text
    assert text.splitlines()[-1].startswith(f"  {worst['clip_id'][0]}  ")


def test_the_clips_of_a_cell(call: Callable[..., str], first: Run) -> None:
    oof = load_oof(first)
    cells = [(true, predicted) for true in oof.classes for predicted in oof.classes]
    found = {cell: as_json(call, "diagnose", first.run_id, "--cell", *cell) for cell in cells}
    for cell, rows in found.items():
        assert {row["clip_id"] for row in rows} == set(confused_clips(oof, *cell))
    assert sum(map(len, found.values())) == 12
    assert "'Yodel': expected a class" in call("diagnose", first.run_id, "--cell", "Bark", "Yodel", status=2)


def test_one_clip(call: Callable[..., str], first: Run) -> None:
    oof = load_oof(first)
    rows = as_json(call, "diagnose", first.run_id, "--clip", oof.clip_ids[3])
    assert {row["class"]: row["probability"] for row in rows} == pytest.approx(
        dict(zip(oof.classes, oof.probabilities[3], strict=True))
    )
    assert [row["class"] for row in rows if row["right"]] == [oof.labels()[3]]
    assert f"{oof.labels()[3]} " in call("diagnose", first.run_id, "--clip", oof.clip_ids[3])
    assert "'x.wav': expected a clip" in call("diagnose", first.run_id, "--clip", "x.wav", status=WRONG_CALL)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["compare", "x", "y"], "No run 'x'"),
        (["compare", "x"], "required: CANDIDATE"),
        (["diagnose", "x"], "No run 'x'"),
        (["diagnose", "x", "--cell", "Bark"], "expected 2 arguments"),
        (["diagnose", "x", "--clip", "a", "--cell", "a", "b"], "not allowed with argument"),
    ],
)
def test_wrong_calls(call: Callable[..., str], words: list[str], message: str) -> None:
    (line,) = call(*words, status=WRONG_CALL).splitlines()
    assert message in line


def test_runs_are_judged_by_the_labels_that_are_asked_for(
    call: Callable[..., str], first: Run, second: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_DATABASE_URL", f"sqlite:///{tmp_path / 'labels.db'}")
    data = ("--data", first.data_dir)
    wrong, gone = load_oof(first).clip_ids[:2]
    call("labels", "decide", wrong, "relabel", "--labels", "Knock", "--annotator", "ann", *data)
    call("labels", "decide", gone, "remove", "--annotator", "ann", *data)
    whose = ("--whose", "everybody", *data)
    labels = load_oof(first)
    truth = dict(zip(labels.clip_ids, labels.labels(), strict=True)) | {wrong: "Knock", gone: ""}
    table = pd.DataFrame({"clip_id": list(truth), "labels": list(truth.values())})
    expected = score(relabel(labels, table, fill=0.0))
    assert (expected.num_clips, score(labels).num_clips) == (11, 12)
    report = as_json(call, "evaluate", "--run", first.run_id, second.run_id, *whose)
    assert report["runs"][0]["oof"]["lwlrap"] == pytest.approx(expected.lwlrap)
    assert report["together"]["geometric"]["oof"]["num_clips"] == 11
    changed = as_json(call, "compare", second.run_id, first.run_id, *whose)
    assert changed["candidate"]["lwlrap"] == pytest.approx(expected.lwlrap)
    worst = as_json(call, "diagnose", first.run_id, *whose)["worst_clips"]
    assert {row["clip_id"]: row["labels"] for row in worst}[wrong] == "Knock"
    assert gone not in [row["clip_id"] for row in worst]

"""What a run predicts for the clips of a board."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.embedding.own_names import audioset_names
from fsat_core.errors import RunError
from fsat_core.labels import Decision, LabelStore
from fsat_core.labels.board.suggestions import HeardSuggestions, Suggestions, load_suggestions
from fsat_core.runs import Run
from tests.helpers.embedders import make_store
from tests.helpers.messages import refuses

CLIPS = {
    "curated/a.wav": ("Bark", [0.75, 0.25]),
    "noisy/b.wav": ("Knock", [0.5, 0.5]),
}


def test_training_clips_out_of_fold_and_test_clips_by_all_folds(predicted_run: Callable[..., Run]) -> None:
    run = predicted_run(CLIPS)
    table = pd.DataFrame({"clip_id": ["test/t.wav"], "Bark": [0.125], "Knock": [0.875]})
    table.to_parquet(run.path / "test.parquet", index=False)
    found = load_suggestions(run)
    assert (found.run_id, list(found.classes)) == (run.run_id, ["Bark", "Knock"])
    assert {clip_id: found.probabilities[row].tolist() for clip_id, row in found.rows.items()} == {
        "curated/a.wav": [0.75, 0.25],
        "noisy/b.wav": [0.5, 0.5],
        "test/t.wav": [0.125, 0.875],
    }


def test_a_run_without_test_clips(predicted_run: Callable[..., Run]) -> None:
    found = load_suggestions(predicted_run(CLIPS))
    assert found.rows == {"curated/a.wav": 0, "noisy/b.wav": 1}
    assert found.likeliest("curated/a.wav", []) == [("Bark", 0.75), ("Knock", 0.25)]
    assert found.likeliest("test/t.wav", []) == []


def test_a_run_without_predictions(predicted_run: Callable[..., Run]) -> None:
    run = predicted_run(CLIPS)
    (run.path / "oof.parquet").unlink()
    with refuses(RunError, r"has no oof\.parquet"):
        load_suggestions(run)


def test_damaged_test_predictions_are_no_missing_ones(predicted_run: Callable[..., Run]) -> None:
    run = predicted_run(CLIPS)
    (run.path / "test.parquet").write_bytes(b"PAR1 torn")
    with refuses(RunError, r"test\.parquet cannot be read"):
        load_suggestions(run)


@pytest.mark.parametrize(
    ("probabilities", "without", "expected"),
    [
        ([0.01] * 12, [], "ABC"),  # always three, in the order of the classes where they are alike
        ([0.01, 0.05, 0.5, 0.04, 0.06], [], "CEB"),  # three are, whatever they have
        ([0.01, 0.05, 0.5, 0.1, 0.06], [], "CDEB"),  # more, from 0.05 on
        ([0.2] * 12, [], "ABCDEFGHI"),  # one for each key
        ([0.2] * 12, ["B", "D"], "ACEFGHI"),  # some keys are for the labels that it has
        ([0.2] * 12, list("ABCDEFGHIJ"), ""),
    ],
)
def test_how_many_are_suggested(probabilities: list[float], without: list[str], expected: str) -> None:
    classes = "ABCDEFGHIJKL"[: len(probabilities)]
    found = Suggestions("a-run", classes, np.array([probabilities]), {"curated/a.wav": 0})
    likely = found.likeliest("curated/a.wav", without)
    assert "".join(name for name, _ in likely) == expected
    assert [value for _, value in likely] == [probabilities[classes.index(name)] for name in expected]


def test_what_is_heard_is_learned_with_every_decision(tmp_path: Path) -> None:
    store = LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}")
    names = ["Bark", "Meow"]
    windows = {f"curated/{n}.wav": np.eye(8)[[n % 2] * 2] + 0.01 * n for n in range(6)}
    scores = {clip_id: np.zeros(521) for clip_id in windows}
    scores["curated/0.wav"][audioset_names().index("Meow")] = 0.05
    ears = make_store(tmp_path / "ears", windows, scores)
    clips = pd.DataFrame({"clip_id": list(windows), "split": "curated", "labels": ""})
    heard = HeardSuggestions(ears, clips, names)
    heard.learn(store.decisions())
    assert heard.likeliest("curated/0.wav", [])[0][0] == "Meow"
    for n in range(1, 5):
        store.add(Decision(f"curated/{n}.wav", "ann", "relabel", names[n % 2]))
    heard.learn(store.decisions())
    ((name, learned), _) = heard.likeliest("curated/0.wav", [])
    assert name == "Bark"
    assert heard.likeliest("curated/5.wav", ["Meow"])[0][0] == "Bark"
    store.undo("ann")
    store.add(Decision("curated/2.wav", "ann", "remove"))
    heard.learn(store.decisions())
    assert dict(heard.likeliest("curated/0.wav", []))["Bark"] < learned - 0.1
    assert heard.likeliest("curated/gone.wav", []) == []
    store.close()

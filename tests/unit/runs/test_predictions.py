"""Saved predictions beside the labels: what is read, and what makes a file of them damaged."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.errors import DatasetError, RunError
from fsat_core.runs import Run
from fsat_core.runs.predictions import (
    Predictions,
    load_oof,
    load_test,
    read_saved,
    scored_clips,
    with_truth,
)
from tests.helpers.messages import whole_message

CLIPS = {
    "curated/a.wav": ("Bark", [0.75, 0.25]),
    "noisy/b.wav": ("Knock", [0.5, 0.25]),
    "curated/c.wav": ("Bark,Knock", [0.25, 1.0]),
}


@pytest.fixture
def run(predicted_run: Callable[..., Run]) -> Run:
    return predicted_run(CLIPS)


def truth_of(**labels: str) -> pd.DataFrame:
    return pd.DataFrame({"clip_id": [f"test/{name}.wav" for name in labels], "labels": list(labels.values())})


def test_predictions_out_of_fold_are_scored_on_curated_clips(run: Run) -> None:
    everything, scored = load_oof(run, with_noisy=True), load_oof(run)
    assert everything.clip_ids == list(CLIPS)
    assert everything.classes == run.classes
    assert everything.labels() == [labels for labels, _ in CLIPS.values()]
    assert everything.probabilities.tolist() == [values for _, values in CLIPS.values()]
    assert everything.probabilities.dtype == np.float64
    assert scored.clip_ids == ["curated/a.wav", "curated/c.wav"]
    assert scored.truth.tolist() == [[1, 0], [1, 1]]
    assert scored_clips(["noisy/b.wav"]) == ["noisy/b.wav"], "where none is curated, all are scored"
    assert scored_clips([]) == []


def test_clips_that_have_no_label_are_a_fault(run: Run) -> None:
    labels = (run.path / "labels.csv").read_text()
    (run.path / "labels.csv").write_text(labels.replace("noisy/b.wav", "noisy/other.wav"))
    with pytest.raises(
        RunError, match=r"oof\.parquet has the clip 'noisy/b\.wav', which labels\.csv"
    ) as caught:
        load_oof(run)
    whole_message(caught)


def test_selected_and_widened_predictions_keep_their_clips_and_classes(run: Run) -> None:
    everything = load_oof(run, with_noisy=True)
    some = everything.select(["curated/c.wav", "curated/a.wav"])
    assert some.clip_ids == ["curated/c.wav", "curated/a.wav"]
    assert some.labels() == ["Bark,Knock", "Bark"]
    wide = some.widen(["Knock", "Siren"], fill=0.125)
    assert wide.clip_ids == some.clip_ids
    assert wide.classes == ["Knock", "Siren"]
    assert wide.probabilities.tolist() == [[1.0, 0.125], [0.25, 0.125]]
    assert wide.truth.tolist() == [[1, 0], [0, 0]]
    assert wide.truth.dtype == some.truth.dtype
    assert some.widen(["Siren"]).probabilities.tolist() == [[0], [0]]


def test_test_predictions_have_the_classes_of_the_truth_too(run: Run) -> None:
    pd.DataFrame(
        {"clip_id": ["test/x.wav", "test/y.wav"], "Bark": [0.5, 1.0], "Knock": [0.25, 0.0]}
    ).to_parquet(run.path / "test.parquet")
    known = load_test(run, truth_of(y="Siren,Bark", x="", z="Alarm"))
    assert known.clip_ids == ["test/y.wav"]
    assert known.classes == ["Bark", "Knock", "Siren"], "those of clips that were not predicted are no matter"
    assert known.truth.tolist() == [[1, 0, 1]]
    assert known.probabilities.tolist() == [[1.0, 0.0, 0.0]]
    more = load_test(run, truth_of(y="Siren", x="Alarm"))
    assert more.classes == ["Bark", "Knock", "Alarm", "Siren"]


@pytest.mark.parametrize(
    ("clip_ids", "example"), [(["test/x.wav", "test/y.wav"], "test/x.wav"), ([], "none")]
)
def test_a_truth_about_other_clips_says_which_were_expected(clip_ids: list[str], example: str) -> None:
    nothing = np.zeros((len(clip_ids), 1))
    with pytest.raises(DatasetError) as caught:
        with_truth(Predictions(clip_ids, ["Bark"], nothing, nothing), truth_of(x="", z="Bark"))
    line = f"The truth labels none of the {len(clip_ids)} test clips (such as '{example}'): expected a table"
    assert whole_message(caught).startswith(line)


def damaged(path: Path, what: object) -> None:
    table = pd.read_parquet(path)
    match what:
        case bytes():
            path.write_bytes(what)
        case "folder":
            path.unlink()
            path.mkdir()
        case dict():
            table.assign(**what).to_parquet(path)
        case "twice":
            pd.concat([table, table.iloc[:1]]).to_parquet(path)
        case "renamed":
            table.rename(columns={"Knock": "Siren"}).to_parquet(path)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("folder", "it is a folder"),
        (b"PAR1 cut", "it is cut or of another type"),
        ("renamed", "it has other columns than classes.json"),
        ({"more": 0.0}, "it has other columns than classes.json"),
        ({"Bark": "loud"}, "it has cells that are no numbers"),
        ({"Bark": np.nan}, "it has values that are not finite"),
        ({"Bark": np.inf}, "it has values that are not finite"),
        ("twice", "it has a clip twice"),
    ],
)
def test_damaged_predictions_are_one_line(run: Run, what: object, reason: str) -> None:
    damaged(run.path / "oof.parquet", what)
    with pytest.raises(RunError) as caught:
        read_saved(run, "oof.parquet")
    assert whole_message(caught) == (
        f"Run 'run': oof.parquet cannot be read ({reason}); expected clip_id and one column per class. "
        "Resume the run, which writes it anew, or restore the file."
    )


def test_what_was_not_predicted_yet_says_what_to_do(run: Run) -> None:
    with pytest.raises(RunError) as caught:
        read_saved(run, "test.parquet")
    assert whole_message(caught) == (
        f"Run 'run' ({run.state}) has no test.parquet: expected the predictions of a finished run on a set "
        "with test clips. Wait for it, resume it, or choose another run."
    )
    (run.path / "oof.parquet").unlink()
    with pytest.raises(
        RunError, match=r"has no oof\.parquet: expected the predictions of a finished run\. Wait"
    ):
        load_oof(run)

"""What any catalogue answers, whether it lies in a file or in memory."""

import gc
import random
import threading
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from fsat_core.dataset.catalogue import Catalogue, hold_catalogue, keep_catalogue, open_catalogue
from fsat_core.errors import DatasetError

NUM_CLIPS = 500


def make_clips() -> pd.DataFrame:
    """Clips of which many are alike, and whose tables have columns that differ in case alone."""
    rng = np.random.default_rng(0)
    split = rng.choice(["curated", "noisy", "test"], NUM_CLIPS)
    error = np.where(rng.random(NUM_CLIPS) < 0.1, "broken", "")
    clips = pd.DataFrame({"split": split, "fname": [f"{number % 170}.wav" for number in range(NUM_CLIPS)]})
    clips = clips.drop_duplicates(ignore_index=True)
    error, split = error[: len(clips)], clips["split"]
    num_frames = np.where(error == "", rng.integers(1, 8, len(clips)) * 11_025, 0)
    labels = rng.choice(["Bark", "Bark,Yell", "O'Hara", ""], len(clips))
    clips.insert(0, "clip_id", split + "/" + clips["fname"])
    return clips.assign(
        labels=labels,
        num_labels=[len(text.split(",")) if text else 0 for text in labels],
        num_frames=num_frames,
        duration_s=np.where(num_frames > 0, num_frames / 44_100, np.nan),
        num_same=0,
        error=error,
        warning="",
        License=[f"L{number}" for number in range(len(clips))],
        license="by",
        Fname="another",
    )


CLIPS = make_clips()


@pytest.fixture(params=["file", "memory", "file opened again"])
def catalogue(request: pytest.FixtureRequest, tmp_path: Path) -> Catalogue:
    path = tmp_path / "it's a [folder]* of 50?" / "split=test" / "clips.parquet"
    if request.param == "memory":
        return hold_catalogue(CLIPS)
    kept = keep_catalogue(CLIPS, path)
    return kept if request.param == "file" else open_catalogue(path)


def in_order(column: str, falls: bool) -> pd.DataFrame:
    order = CLIPS[column].sort_values(
        ascending=not falls, kind="stable", na_position="last" if falls else "first"
    )
    return CLIPS.loc[order.index].reset_index(drop=True)


def test_all_that_was_given_comes_back(catalogue: Catalogue) -> None:
    assert len(catalogue) == len(CLIPS)
    assert catalogue.columns == list(CLIPS.columns)
    pd.testing.assert_frame_equal(catalogue.frame(), CLIPS)
    assert catalogue.frame(["license", "License"]).to_numpy().tolist()[:1] == [["by", "L0"]]


@pytest.mark.parametrize("falls", [False, True])
@pytest.mark.parametrize("column", ["duration_s", "fname", "labels", "num_frames", "split"])
def test_each_clip_is_where_its_order_says(catalogue: Catalogue, column: str, falls: bool) -> None:
    listed, expected = catalogue.sort(column, falls), in_order(column, falls)["clip_id"].tolist()
    assert listed.frame(["clip_id"])["clip_id"].tolist() == expected
    assert listed.frame(["clip_id"], 200, 30)["clip_id"].tolist() == expected[200:230]
    assert listed.frame(["clip_id"], 10**30, 30).empty
    for place in random.Random(0).sample(range(len(expected)), 20):
        assert listed.place(expected[place]) == place
    assert catalogue.place(CLIPS["clip_id"].iloc[77]) == 77


@pytest.mark.parametrize("clip_id", ["curated/none.wav", "curated", "", "/", "x/0.wav"])
def test_a_clip_that_is_not_there_has_no_place(catalogue: Catalogue, clip_id: str) -> None:
    assert catalogue.place(clip_id) is None
    assert catalogue.rows_of([clip_id]).empty


def test_filters_join(catalogue: Catalogue) -> None:
    listed = catalogue.filter("labels = ?", "O'Hara").filter("num_frames > ? OR split = ?", 40_000, "test")
    is_listed = (CLIPS["labels"] == "O'Hara") & ((CLIPS["num_frames"] > 40_000) | (CLIPS["split"] == "test"))
    assert listed.frame(["clip_id"])["clip_id"].tolist() == CLIPS["clip_id"][is_listed].tolist()
    assert len(listed) == is_listed.sum()
    assert listed.place(CLIPS["clip_id"][~is_listed].iloc[0]) is None
    assert listed.filter("num_frames < ?", -(10**40)).is_empty
    assert not listed.is_empty


def test_counts(catalogue: Catalogue) -> None:
    found = catalogue.filter("error = ''").counts("split", "labels")
    expected = CLIPS[CLIPS["error"] == ""].groupby(["split", "labels"]).size()
    assert found.set_index(["split", "labels"])["count"].to_dict() == expected.to_dict()


def test_what_is_asked_of_each_class(catalogue: Catalogue) -> None:
    found = catalogue.filter("split <> ?", "test").by_class("count(*)::BIGINT AS clips").set_index("class")
    rows = CLIPS[CLIPS["split"] != "test"]
    has = {name: rows["labels"].str.split(",").map(lambda text, name=name: name in text) for name in
           ("Bark", "O'Hara", "Yell")}  # fmt: skip
    assert found["clips"].to_dict() == {name: int(mask.sum()) for name, mask in has.items()}


def test_some_clips_in_the_order_that_was_asked_for(catalogue: Catalogue) -> None:
    wanted = CLIPS["clip_id"].sample(40, random_state=0).tolist()
    found = catalogue.rows_of([*wanted, "curated/none.wav"])
    assert found["clip_id"].tolist() == wanted
    assert sorted(catalogue.among(wanted).frame()["clip_id"]) == sorted(wanted)


def test_columns_beside_the_clips(catalogue: Catalogue) -> None:
    ids = CLIPS["clip_id"].iloc[[3, 9]].tolist()
    when = pd.Timestamp("2026-11-29T12:00", tz="UTC")
    table = pd.DataFrame({"clip_id": [*ids, "noisy/gone.wav"], "status": "done", "decided_at": when})
    beside = catalogue.beside(table, {"status": "un'done", "decided_at": None})
    assert beside.counts("status").set_index("status")["count"].to_dict() == {
        "done": 2,
        "un'done": len(CLIPS) - 2,
    }
    latest = beside.sort("decided_at", falls=True)
    assert latest.frame(["clip_id"], most=2)["clip_id"].tolist() == ids
    assert latest.place(ids[1]) == 1
    assert latest.frame(["decided_at"])["decided_at"].iloc[:3].tolist()[:2] == [when, when]
    assert beside.filter("decided_at >= ?", when.to_pydatetime()).filter("status = 'done'").place(ids[0]) == 0


@pytest.mark.parametrize("num_decided", [0, 2])
@pytest.mark.parametrize("name", ["status", "decided_at", "is_removed", "Status"])
def test_a_column_of_the_tables_may_be_called_as_one_that_comes_beside(name: str, num_decided: int) -> None:
    own = hold_catalogue(CLIPS.assign(**{name: "their own"}))
    decided = CLIPS[["clip_id"]].head(num_decided).assign(status="done", decided_at=None, is_removed=True)
    beside = own.beside(decided, {"status": "", "decided_at": None, "is_removed": False})
    assert len(beside.filter("NOT is_removed").filter("status = ''")) == len(CLIPS) - num_decided
    assert set(beside.sort("status", falls=True).frame()["status"]) == {"", "done"} if num_decided else {""}
    assert (beside.frame()["Status"] == "their own").all() if name == "Status" else True
    assert (own.frame()[name] == "their own").all()


def test_columns_come_before_filters(catalogue: Catalogue) -> None:
    with pytest.raises(ValueError, match="before its filters"):
        catalogue.filter("true").beside(CLIPS[["clip_id"]].head(1), {"status": ""})


def test_no_number_is_more_or_less_than_any(catalogue: Catalogue) -> None:
    assert catalogue.filter("duration_s <= ?", float("nan")).is_empty
    assert catalogue.filter("duration_s >= ?", float("nan")).is_empty


def test_columns_instead_of_those_of_the_clips(catalogue: Catalogue) -> None:
    ids = CLIPS["clip_id"].iloc[[3, 9]].tolist()
    other = catalogue.beside(pd.DataFrame({"clip_id": ids, "labels": ["Knock", ""]}), {"labels": "unused"})
    expected = CLIPS["labels"].where(~CLIPS["clip_id"].isin(ids), pd.Series({3: "Knock", 9: ""}))
    assert other.frame()["labels"].tolist() == expected.tolist()
    assert other.columns == catalogue.columns
    assert catalogue.frame()["labels"].tolist() == CLIPS["labels"].tolist()
    assert sorted(other.label_strings) == sorted(set(expected))


def test_what_is_beside_goes_with_the_last_who_has_it(catalogue: Catalogue) -> None:
    table = pd.DataFrame({"clip_id": CLIPS["clip_id"].head(2), "status": "done"})
    listed = catalogue.beside(table, {"status": ""}).filter("status = 'done'")
    assert len(listed) == 2

    def tables() -> int:
        gc.collect()
        return len(catalogue._engine.ask("SELECT 1 FROM duckdb_tables() WHERE table_name LIKE 'beside%'"))

    assert tables() == 1
    del listed
    assert tables() == 0


def test_a_sample_is_the_same_for_the_same_number(catalogue: Catalogue) -> None:
    first, again, other = (catalogue.sample(10, seed)["clip_id"].tolist() for seed in (1, 1, 2))
    assert first == again != other
    assert len(set(first)) == 10
    assert set(first) <= set(CLIPS["clip_id"])
    assert len(catalogue.filter("split = 'test'").sample(10_000, 0)) == (CLIPS["split"] == "test").sum()


def test_many_ask_at_once(catalogue: Catalogue) -> None:
    wrong: list[object] = []

    def ask(column: str) -> None:
        for _ in range(15):
            found = catalogue.sort(column).frame(["clip_id"])["clip_id"].tolist()
            if found != in_order(column, False)["clip_id"].tolist():
                wrong.append(column)

    columns = ["fname", "labels", "num_frames"] * 2
    threads = [threading.Thread(target=ask, args=(column,)) for column in columns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_no_clip_at_all() -> None:
    empty = hold_catalogue(CLIPS.head(0))
    assert empty.is_empty
    assert len(empty) == 0
    assert empty.counts("labels").empty
    assert empty.by_class("count(*) AS clips").empty
    assert empty.label_strings == []


def test_too_much_at_once_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsat_core.dataset.catalogue_engine._MEMORY", "8MB")
    catalogue = hold_catalogue(CLIPS)
    with pytest.raises(DatasetError, match=r"^Too much was asked .* try again\.$"):
        catalogue.ask("list(range(10000000)) AS numbers")


def test_what_makes_no_sense_is_a_fault_of_the_program() -> None:
    with pytest.raises(duckdb.BinderException):
        hold_catalogue(CLIPS).filter("no_such_column > 3").frame()


def test_a_file_that_is_damaged_or_gone_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "clips.parquet"
    catalogue = keep_catalogue(CLIPS, path)
    path.unlink()
    with pytest.raises(DatasetError, match=r"cannot be read any more .*Scan the data set again\.$"):
        catalogue.counts("split")
    keep_catalogue(CLIPS, path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DatasetError, match=r"cannot be read any more .*Scan the data set again\.$"):
        catalogue.counts("labels")
    path.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(DatasetError, match=r"cannot be read .*expected the catalogue .*again\.$"):
        open_catalogue(path)

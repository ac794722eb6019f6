"""docs/files.md names every file, column and table that is left on disk, and none that is not there."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from sqlalchemy import Engine, inspect

from fsat_core.dataset import deep_scan, open_dataset, scan
from fsat_core.dataset.open import open_with_catalogue
from fsat_core.download.connection import Patience
from fsat_core.download.delivery import download
from fsat_core.embedding import build_store, locate
from fsat_core.embedding.near_duplicates import near_duplicates
from fsat_core.errors import FsatError
from fsat_core.labels import LabelStore
from fsat_core.runs import Run
from fsat_core.runs.notes import Notes
from fsat_core.settings import Settings
from tests.helpers.embedders import TINY
from tests.helpers.record_server import RecordServer, zip_folder

PAGE = (Path(__file__).parents[2] / "docs" / "files.md").read_text()
PLACEHOLDERS = {
    "NN": r"\d\d",
    "<archive>": r"FSDKaggle2019\.\w+\.z\w+",
    "<hash>": "[0-9a-f]+",
    "<clip>": ".+",
    "<run_id>": "[^/]+",
    "<device>": r"\w+",
    r"\*": ".*",
}
ARROW_TYPES = {"string": "text", "large_string": "text", "float": "float32", "double": "float64"}

# Files that a finished run has only where somebody or something else made them.
OF_SOME_RUNS = {
    "denied.csv",
    "worker.log",
    "stop",
    "notes.json",
    "queued",
    "starting",
    ".attempt-*",
    ".fold_NN.*/",
}
PARTS_NOT_THERE = ("train_curated", "train_noisy", "test")
# Files that lie in the cache for a while only, and the demo set.
OF_SOME_CACHES = {
    "choices/<name>.json",
    "features/<hash>/data.partial",
    "features/<hash>/index.partial",
    "features/<hash>/shard_<row>_<row>/",
    "features/<hash>/.shard_*/",
    "embeddings/<hash>/.windows_*",
    "slurm/<hash>/",
} | {
    "pretrained/yamnet-1.onnx",
    "pretrained/yamnet-1.lock",
    "embeddings/<hash>/map.npy",
    "embeddings/<hash>/map.lock",
    "embeddings/<hash>/.map.npy.partial",
    "embeddings/<hash>.log",
    "embeddings/<hash>.stop",
    "clips/<hash>/<clip>",
    "clips/.partial/*",
    "demo/",
    ".demo.demo-lock",
    ".demo.demo-partial/",
    ".demo.demo-old/",
}


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its header."""
    part = re.split(rf"^#+ {re.escape(heading)}$", PAGE, maxsplit=1, flags=re.MULTILINE)[1]
    lines = re.split(r"^#", part, maxsplit=1, flags=re.MULTILINE)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line[:1] == "|"][2:]


def names_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def paths_below(heading: str) -> list[str]:
    return [name for row in rows_of(heading) for name in names_in(row[0])]


def types_below(heading: str) -> dict[str, str]:
    """The type of each column or key that a table names."""
    types: dict[str, str] = {}
    for name_cell, type_cell, _ in rows_of(heading):
        names, kinds = names_in(name_cell), type_cell.split(", ")
        types |= zip(names, kinds * len(names) if len(kinds) == 1 else kinds, strict=False)
    return types


def pattern_of(path: str) -> re.Pattern[str]:
    text = re.escape(path)
    for placeholder, expression in PLACEHOLDERS.items():
        text = text.replace(placeholder, expression)
    return re.compile(text + (".*" if path.endswith("/") else ""))


def compare(documented: Iterable[str], folders: Iterable[Path]) -> tuple[set[str], set[str]]:
    """Files in the folders that no documented path is about, and documented paths that no file has."""
    patterns = {path: pattern_of(path) for path in documented}
    there = {
        str(path.relative_to(folder)) for folder in folders for path in folder.rglob("*") if path.is_file()
    }
    unnamed = {name for name in there if not any(each.fullmatch(name) for each in patterns.values())}
    missing = {path for path, each in patterns.items() if not any(map(each.fullmatch, there))}
    return unnamed, missing


def parquet_types(path: Path) -> dict[str, str]:
    schema = pyarrow.parquet.read_schema(path)
    return {field.name: ARROW_TYPES.get(str(field.type), str(field.type)) for field in schema}


def test_files_of_a_run(finished_runs: dict[str, Run]) -> None:
    folders = [run.path for run in finished_runs.values()]
    assert compare(paths_below("A run"), folders) == (set(), OF_SOME_RUNS)


@pytest.mark.parametrize(
    "name", ["config", "dataset", "features", "status", "scores", "fold_00/progress", "fold_00/clips"]
)
def test_keys_of_a_run(name: str, finished_runs: dict[str, Run]) -> None:
    values = json.loads((finished_runs["mfcc_dummy"].path / f"{name}.json").read_text())
    assert list(values) == list(types_below(f"`{Path(name).name}.json`"))


def test_keys_of_notes() -> None:
    assert list(Notes.model_fields) == list(types_below("`notes.json`"))


@pytest.mark.parametrize(
    "name", ["labels", "test_clips", "skipped", "gone", "fold_00/metrics", "fold_00/predictions"]
)
def test_columns_of_a_run(name: str, finished_runs: dict[str, Run]) -> None:
    table = pd.read_csv(finished_runs["mfcc_dummy"].path / f"{name}.csv")
    assert list(table) == list(types_below(f"`{Path(name).name}.csv`"))


def test_arrays_of_a_run(finished_runs: dict[str, Run]) -> None:
    run = finished_runs["mfcc_dummy"]
    with np.load(run.fold_dir(0) / "statistics.npz") as statistics:
        found = {name: str(statistics[name].dtype) for name in statistics}
    assert found == types_below("`statistics.npz`")
    documented = types_below("`oof.parquet` and `test.parquet`")
    of_a_class = documented.pop("<class>")
    for name in ("oof", "test"):
        expected = documented | dict.fromkeys(run.classes, of_a_class)
        assert parquet_types(run.path / f"{name}.parquet") == expected
        assert np.load(run.fold_dir(0) / f"{name}.npy").dtype == np.float32


def test_files_of_the_cache(
    finished_runs: dict[str, Run], kaggle_set: Path, settings: Settings, tmp_path: Path
) -> None:
    cache = finished_runs["mfcc_dummy"].path.parents[1] / "cache"
    dataset = open_dataset(kaggle_set)
    deep_scan(dataset, scan(dataset, tmp_path / "deep"), tmp_path / "deep")
    place = locate(dataset, scan(dataset, tmp_path / "heard"), tmp_path / "heard", TINY)
    open_with_catalogue(replace(settings, data_dir=kaggle_set, cache_dir=tmp_path / "heard"), lambda *_: None)
    place.clips[0][1].write_bytes(b"no sound")
    near_duplicates(build_store(place, tmp_path, num_processes=1))
    documented = paths_below("The cache folder")
    assert compare(documented, [cache, tmp_path / "deep", tmp_path / "heard"]) == (set(), OF_SOME_CACHES)
    (headers,) = (path for path in (tmp_path / "deep").rglob("*.parquet") if ".deep" not in path.name)
    (clips,) = (tmp_path / "heard").rglob("clips-*.parquet")
    assert parquet_types(clips) == types_below("`clips-<hash>.parquet`")
    assert parquet_types(headers) == types_below("`<hash>.parquet`")
    assert parquet_types(headers.with_suffix(".deep.parquet")) == types_below("`<hash>.deep.parquet`")
    assert parquet_types(place.folder / "clips.parquet") == types_below("`clips.parquet`")
    assert list(json.loads((place.folder / "layout.json").read_text())) == list(types_below("`layout.json`"))
    for index in cache.glob("features/*/index.jsonl"):
        assert list(json.loads(index.read_text().splitlines()[0])) == list(types_below("`index.jsonl`"))


def test_files_of_a_download(tmp_path: Path, zenodo_set: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    archives = {f"{folder.name}.zip": zip_folder(folder) for folder in zenodo_set.iterdir()}
    folder, patience = tmp_path / "set", Patience(most_faults=0)

    def tell(step: str, done: int, total: int) -> None:
        if step.startswith("Unpacking FSDKaggle2019.audio_test"):
            raise KeyboardInterrupt

    with RecordServer(archives).running() as server:
        server.always["FSDKaggle2019.audio_train_curated.zip"] = "cut"
        with pytest.raises(FsatError):
            download(folder, ["meta", "curated"], server.url, patience=patience)
        with pytest.raises(KeyboardInterrupt):
            download(folder, ["test"], server.url, tell, patience)
    not_there = {"FSDKaggle2019.doc/", *(f"FSDKaggle2019.audio_{name}/" for name in PARTS_NOT_THERE)}
    while_it_runs = {".download/progress.json", ".download/stop"}
    by_the_app = {".download/log"}
    missing = not_there | while_it_runs | by_the_app
    assert compare(paths_below("The folder of a download"), [folder]) == (set(), missing)


def test_tables_of_the_label_database(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "set", tmp_path / "runs", tmp_path / "cache")
    with LabelStore.open(settings.database_url) as store:
        found = store.database.read(lambda connection: types_of_tables(connection.engine))
        documented = paths_below("The runs folder")
        assert compare(documented, [settings.runs_dir])[0] == set()
    assert found == {name: types_below(f"`{name}`") for name in found}
    headings = re.findall(r"^### `(\w+)`$", PAGE.split("## The label database")[1], flags=re.MULTILINE)
    assert set(headings) == set(found)


def types_of_tables(engine: Engine) -> dict[str, dict[str, str]]:
    inspector = inspect(engine)
    return {
        table: {column["name"]: str(column["type"]) for column in inspector.get_columns(table)}
        for table in inspector.get_table_names()
    }

"""Opening the data set in use with its catalogue."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from fsat_core.dataset import clip_path, deep_scan
from fsat_core.dataset.open import open_with_catalogue
from fsat_core.errors import DatasetError
from fsat_core.settings import Settings


def test_a_configured_set_is_opened_and_scanned(settings: Settings) -> None:
    told: list[tuple[str, int, int]] = []
    dataset, catalogue = open_with_catalogue(settings, lambda *step: told.append(step))
    assert (dataset.root, len(catalogue)) == (settings.data_dir, 22)
    assert told[0] == ("Reading file headers", 0, 0)
    assert told[-1] == ("Reading file headers", 22, 22)
    assert not settings.demo_dir.exists()


def test_the_demo_set_is_made_where_none_is_configured(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, kaggle_set: Path
) -> None:
    def write(folder: Path, progress: object) -> None:
        kaggle_set.rename(folder)

    monkeypatch.setattr("fsat_core.dataset.open.write_demo", write)
    settings.cache_dir.mkdir()
    told: list[str] = []
    dataset, _ = open_with_catalogue(
        replace(settings, data_dir=settings.demo_dir), lambda step, done, total: told.append(step)
    )
    assert dataset.root == settings.demo_dir
    assert list(dict.fromkeys(told)) == ["Making the demo set", "Reading file headers"]


def test_a_set_that_is_not_there_is_one_line(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        open_with_catalogue(replace(settings, data_dir=tmp_path / "nowhere"), lambda *step: None)


def test_a_cache_that_cannot_be_written_costs_time_alone(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for cache_dir in (tmp_path / "file", tmp_path / "file" / "cache"):
        unwritable = replace(settings, cache_dir=cache_dir)
        dataset, catalogue = open_with_catalogue(unwritable, lambda *step: None)
        assert catalogue.filter("error <> ''").is_empty
        assert len(catalogue) == len(dataset.table)
        (warning,) = dataset.warnings
        assert f"Nothing is kept in {cache_dir} (" in warning
        assert "FSAT_CACHE_DIR" in warning
        assert deep_scan(dataset, catalogue.frame(), cache_dir)["peak"].notna().all()
        with pytest.raises(DatasetError, match=r"The demo set cannot be made in .*Set FSAT_CACHE_DIR"):
            open_with_catalogue(replace(unwritable, data_dir=unwritable.demo_dir), lambda *step: None)


def test_a_large_set_is_opened_elsewhere_and_is_the_same(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, small = open_with_catalogue(settings, lambda *step: None)
    monkeypatch.setattr("fsat_core.dataset.open._LARGE_BYTES", 10)
    told: list[tuple[str, int, int]] = []
    there, large = open_with_catalogue(settings, lambda *step: told.append(step))
    assert there.read is None
    assert (there.root, there.classes, there.warnings) == (here.root, here.classes, here.warnings)
    assert large.frame().equals(small.frame())
    assert told[0][0] == "Reading file headers"
    clip_id = large.frame(["clip_id"], most=1)["clip_id"].iloc[0]
    assert clip_path(there, clip_id).is_file()
    assert there.read is None
    assert there.table.equals(here.table)


@pytest.mark.parametrize("large_bytes", [10, 1 << 30])
def test_a_catalogue_that_cannot_be_kept_costs_memory_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, large_bytes: int
) -> None:
    monkeypatch.setattr("fsat_core.dataset.open._LARGE_BYTES", large_bytes)
    settings.cache_dir.mkdir(exist_ok=True)
    (settings.cache_dir / "catalogues").write_text("no folder")
    dataset, catalogue = open_with_catalogue(settings, lambda *step: None)
    assert catalogue.path is None
    assert len(catalogue) == len(dataset.table)
    assert any(line.startswith("The catalogue cannot be kept in") for line in dataset.warnings)


def test_a_large_set_may_have_a_name_that_ends_with_a_blank(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fsat_core.dataset.open._LARGE_BYTES", 10)
    odd = settings.data_dir.rename(tmp_path / "a set ")
    assert len(open_with_catalogue(replace(settings, data_dir=odd), lambda *step: None)[1]) == 22


def test_a_catalogue_that_is_damaged_is_written_again(settings: Settings) -> None:
    before = open_with_catalogue(settings, lambda *step: None)[1]
    assert before.path is not None
    before.path.write_bytes(b"no catalogue")
    after = open_with_catalogue(settings, lambda *step: None)[1]
    assert after.path == before.path
    assert after.frame().equals(before.frame())


def test_what_keeps_a_large_set_from_being_opened_is_one_line(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fsat_core.dataset.open._LARGE_BYTES", 10)
    table = settings.data_dir / "train_curated.csv"
    table.write_text(table.read_text().replace("fname", "file"))
    with pytest.raises(DatasetError, match=r"^train_curated\.csv.*fname"):
        open_with_catalogue(settings, lambda *step: None)


# A small set would be open before its process is found and killed.
SAY_ONE_THING_AND_WAIT = """
import pickle, signal
dump = pickle.dump

def dump_and_wait(message, sink):
    dump(message, sink)
    sink.flush()
    signal.pause()

pickle.dump = dump_and_wait
"""


def test_a_process_that_dies_while_it_opens_a_set_is_one_line(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fsat_core.dataset.open._LARGE_BYTES", 10)
    (tmp_path / "start").mkdir()
    (tmp_path / "start" / "sitecustomize.py").write_text(SAY_ONE_THING_AND_WAIT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "start"))

    def kill(*step: object) -> None:
        for child in psutil.Process().children():
            with suppress(psutil.NoSuchProcess):  # another one, which has just ended
                if "fsat_core.dataset.open_child" in child.cmdline():
                    child.kill()

    with pytest.raises(DatasetError, match=r"ended half-way: expected it to be read .*printed\.$"):
        open_with_catalogue(settings, kill)

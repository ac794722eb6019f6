"""Where the label database is."""

import os
from pathlib import Path
from typing import Any

import pytest

from fsat_core.errors import ConfigError
from fsat_core.labels import LabelStore
from fsat_core.runs import list_runs
from fsat_core.settings import Settings, environment_key


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose name an address cannot hold as it is; all settings point into it."""
    path = tmp_path / "100% a?b#c d"
    path.mkdir()
    monkeypatch.setenv("FSAT_RUNS_DIR", str(path / "runs"))
    monkeypatch.setenv("FSAT_CACHE_DIR", str(path / "cache"))
    for name in ("FSAT_DATA_DIR", "FSAT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return path


def test_a_file_beside_the_runs_and_another_one_for_the_demo_set(folder: Path) -> None:
    demo, real = Settings.from_environment(), Settings.from_environment(data_dir=folder / "set")
    for settings, name in ((real, "labels.db"), (demo, "labels-demo.db")):
        LabelStore.open(settings.database_url).close()
        assert (folder / "runs" / name).is_file()
    assert sorted(path.name for path in folder.iterdir()) == ["runs"]
    assert list_runs(folder / "runs") == []


def test_a_given_address_wins_and_reaches_child_processes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_DATABASE_URL", " postgresql://me@host/labels ")
    settings = Settings.from_environment()
    assert settings.database_url == "postgresql://me@host/labels"
    monkeypatch.delenv("FSAT_DATABASE_URL")
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings.from_environment() == settings


def test_without_one_a_child_process_has_the_same_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.from_environment(data_dir=folder / "set")
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings.from_environment().database_url == settings.database_url


def test_no_home_and_no_working_folder_are_one_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_home(path: str) -> str:
        return path

    monkeypatch.setenv("FSAT_CACHE_DIR", "~nobody-of-this-name/cache")
    with pytest.raises(ConfigError, match=r"no such home folder.* Set FSAT_CACHE_DIR"):
        Settings.from_environment()
    monkeypatch.delenv("FSAT_CACHE_DIR")
    monkeypatch.setattr("os.path.expanduser", no_home)  # as for a user whom the machine does not know
    with pytest.raises(ConfigError, match=r"no such home folder.* Set FSAT_CACHE_DIR"):
        Settings.from_environment()
    monkeypatch.setenv("FSAT_CACHE_DIR", str(folder / "cache"))
    monkeypatch.delenv("FSAT_RUNS_DIR")
    working = tmp_path / "working"
    working.mkdir()
    monkeypatch.chdir(working)
    working.rmdir()
    with pytest.raises(ConfigError, match=r"runs: the working folder is gone.* Set FSAT_RUNS_DIR"):
        Settings.from_environment()


def test_each_set_that_is_listed_has_a_database_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_DATA_SETS", f" birds = {folder / 'a'} ,dogs={folder / 'b'},")
    birds = Settings.from_environment()
    assert (birds.set_name, birds.data_dir) == ("birds", folder / "a")
    assert list(birds.data_sets) == ["birds", "dogs", "demo"]
    files = {name: birds.of_set(name).database_url.rpartition("/")[2] for name in birds.data_sets}
    assert files == {"birds": "labels-birds.db", "dogs": "labels-dogs.db", "demo": "labels-demo.db"}
    by_folder = Settings.from_environment(data_dir=folder / "b")
    assert by_folder.database_url == birds.of_set("dogs").database_url
    unlisted = Settings.from_environment(data_dir=folder / "c")
    assert list(unlisted.data_sets) == ["default", "birds", "dogs", "demo"]
    assert unlisted.database_url.endswith("/labels.db")
    for name, value in by_folder.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings.from_environment() == by_folder


def test_one_address_for_several_sets_has_a_place_for_the_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_DATABASE_URL", "postgresql://me@host/labels_{set}")
    monkeypatch.setenv("FSAT_DATA_SETS", f"birds={folder / 'a'}")
    assert Settings.from_environment().database_url == "postgresql://me@host/labels_birds"
    assert Settings.from_environment().of_set("demo").database_url == "postgresql://me@host/labels_demo"
    monkeypatch.setenv("FSAT_DATABASE_URL", "postgresql://me@host/labels")
    with pytest.raises(ConfigError, match=r"expected one for each\. Write \{set\}"):
        Settings.from_environment()
    monkeypatch.delenv("FSAT_DATA_SETS")
    real = Settings.from_environment(data_dir=folder / "a")
    assert real.database_url == "postgresql://me@host/labels"
    assert real.of_set("demo").database_url.endswith("/labels-demo.db")  # never among the real ones


@pytest.mark.parametrize("listed", ["birds", "=/a", "a b=/a", "demo=/a", "birds=", "x=/a,X=/b", "../x=/a"])
def test_sets_that_are_listed_in_another_way_are_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, listed: str
) -> None:
    monkeypatch.setenv("FSAT_DATA_SETS", listed)
    with pytest.raises(ConfigError, match=r"^FSAT_DATA_SETS has .*expected .*\.$"):
        Settings.from_environment()


def test_secrets_are_no_part_of_how_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSAT_DATABASE_URL", "postgresql://me:hunter2@host/labels")
    monkeypatch.setenv("FSAT_NOTIFY_URLS", "json://me:hunter2@host")
    settings = Settings.from_environment()
    assert "hunter2" not in repr(settings)
    assert settings.environment()["FSAT_NOTIFY_URLS"] == "json://me:hunter2@host"


def test_the_address_of_a_record(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FSAT_RECORD_URL", raising=False)
    assert Settings.from_environment().record_url == "https://zenodo.org/api/records/3612637"
    monkeypatch.setenv("FSAT_RECORD_URL", " http://127.0.0.1:80/api/records/1 ")
    settings = Settings.from_environment()
    assert (
        settings.environment()["FSAT_RECORD_URL"]
        == settings.record_url
        == "http://127.0.0.1:80/api/records/1"
    )
    for wrong in ("file:///etc/hostname", "zenodo.org", "https://", "https://a b"):
        monkeypatch.setenv("FSAT_RECORD_URL", wrong)
        with pytest.raises(ConfigError, match=r"^FSAT_RECORD_URL=.*expected the http or https address"):
            Settings.from_environment()


def test_how_much_copies_of_clips_may_take(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FSAT_CLIP_CACHE_GB", raising=False)
    assert Settings.from_environment().clip_cache_gb == 10
    monkeypatch.setenv("FSAT_CLIP_CACHE_GB", " 0.5 ")
    settings = Settings.from_environment()
    assert settings.clip_cache_gb == 0.5
    assert settings.environment()["FSAT_CLIP_CACHE_GB"] == "0.5"
    for wrong in ("0", "-1", "much", "nan", "inf"):
        monkeypatch.setenv("FSAT_CLIP_CACHE_GB", wrong)
        with pytest.raises(
            ConfigError, match=rf"^FSAT_CLIP_CACHE_GB='{wrong}', expected a number of GB above"
        ):
            Settings.from_environment()


class Watched(dict[str, str]):
    """Environment variables that remember which of them anybody has asked for."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def test_settings_that_are_kept_go_by_every_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSAT_CACHE_DIR", "~/cache")
    watched = Watched(dict(os.environ))
    monkeypatch.setattr(os, "environ", watched)
    Settings.from_environment()
    asked = set(watched.asked)
    watched.asked.clear()
    environment_key()
    assert len(asked) > 10
    assert asked <= watched.asked


def test_settings_that_are_kept_go_by_the_working_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_RUNS_DIR", "runs")
    keys = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        keys.append(environment_key())
    (tmp_path / "two").rmdir()
    assert len({*keys, environment_key()}) == 3

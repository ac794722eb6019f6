"""Opening the data set in use with its catalogue."""

from dataclasses import replace
from pathlib import Path

import pytest

from fsat_core.dataset import deep_scan
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
        assert catalogue["error"].eq("").all()
        (warning,) = dataset.warnings
        assert f"Nothing is kept in {cache_dir} (" in warning
        assert "FSAT_CACHE_DIR" in warning
        assert deep_scan(dataset, catalogue, cache_dir)["peak"].notna().all()
        with pytest.raises(DatasetError, match=r"The demo set cannot be made in .*Set FSAT_CACHE_DIR"):
            open_with_catalogue(replace(unwritable, data_dir=unwritable.demo_dir), lambda *step: None)

"""A data set whose clips are in a bucket: every step of the loop, and what is said when the bucket fails."""

import shutil
import socket
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.audio import FeatureSpec, build_cache
from fsat_core.dataset import clip_path, deep_scan, open_dataset, scan
from fsat_core.embedding import build_store, locate
from fsat_core.errors import AudioError, DatasetError
from fsat_core.executors.workplace import Workplace
from fsat_core.runs import find_run
from fsat_core.settings import Settings
from tests.conftest import TINY
from tests.helpers.commands import Command
from tests.helpers.embedders import TINY as TINY_EARS
from tests.helpers.s3_server import BUCKET, KEY, SECRET, S3Server


@pytest.fixture
def on_disk(settings: Settings, tmp_path: Path) -> Path:
    """A copy of the set whose clips stay in folders."""
    return Path(shutil.copytree(settings.data_dir, tmp_path / "on_disk"))


@pytest.fixture
def prefix(settings: Settings, on_disk: Path, s3: S3Server) -> str:
    """Where the audio of the set in use is now; its tables are where they were."""
    return s3.take_audio(settings.data_dir)


def everything_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_the_catalogue_is_that_of_the_folders(
    settings: Settings, on_disk: Path, prefix: str, tmp_path: Path
) -> None:
    here, away = open_dataset(on_disk), open_dataset(settings.data_dir)
    for _ in range(2):  # the second time from the cache
        catalogue = scan(away, settings.cache_dir)
        pd.testing.assert_frame_equal(catalogue, scan(here, tmp_path / "other"))
    assert not (settings.cache_dir / "clips").exists(), "headers come without their clips"
    pd.testing.assert_frame_equal(
        deep_scan(away, catalogue, settings.cache_dir), deep_scan(here, catalogue, tmp_path / "other")
    )


def test_a_whole_loop(settings: Settings, on_disk: Path, prefix: str, command: Command) -> None:
    sets = [f"--set={name}={value}" for name, value in {**TINY, "max_epochs": 1}.items()]
    assert command.json("scan", "--deep")["num_errors"] == 0
    trained = command.json("train", "--model", "mfcc_dummy", "--recipe", "quick", *sets)
    run = find_run(settings.runs_dir, trained["run_id"])
    assert run.state == "finished"
    assert run.status.warnings == []
    assert len(run.labels()) == 12
    assert pd.read_parquet(run.path / "test.parquet")["clip_id"].tolist() == run.test_clips()
    clip = clip_path(open_dataset(settings.data_dir), "curated/bark_0.wav")
    predicted, same = (
        command.json("predict", path, "--run", run.run_id)[0]["labels"]
        for path in (clip, on_disk / "train_curated" / "bark_0.wav")
    )
    assert predicted == same
    command("submit", "--run", run.run_id, "--out", settings.runs_dir / "submission.csv")
    said = (command.out + command.err).encode()
    for secret in (KEY, SECRET):
        assert secret.encode() not in said + everything_below(settings.runs_dir)
        assert secret.encode() not in everything_below(settings.cache_dir)


def test_processes_bring_the_clips_of_their_shards(
    settings: Settings, on_disk: Path, prefix: str, tmp_path: Path
) -> None:
    """As a cluster does: whoever works on a shard brings its clips."""
    workplace = Workplace("processes", settings)
    away, here = open_dataset(settings.data_dir), open_dataset(on_disk)
    catalogue = scan(away, settings.cache_dir, workplace=workplace)
    pd.testing.assert_frame_equal(catalogue, scan(here, tmp_path / "other"))
    deep = deep_scan(away, catalogue, settings.cache_dir, workplace=workplace)
    pd.testing.assert_frame_equal(deep, deep_scan(here, catalogue, tmp_path / "other"))
    shutil.rmtree(settings.cache_dir / "clips")
    clips = [(clip_id, clip_path(away, clip_id)) for clip_id in catalogue["clip_id"]]
    features = FeatureSpec("wave", 8_000, 0.5)
    assert build_cache(clips, features, settings.cache_dir, workplace=workplace).errors == {}
    shutil.rmtree(settings.cache_dir / "clips")
    place = locate(away, catalogue, settings.cache_dir, TINY_EARS)
    assert build_store(place, settings.cache_dir, workplace=workplace).errors() == {}


def test_every_clip_is_heard(settings: Settings, on_disk: Path, prefix: str, tmp_path: Path) -> None:
    stores = []
    for data_dir, cache_dir in ((settings.data_dir, settings.cache_dir), (on_disk, tmp_path / "other")):
        dataset = open_dataset(data_dir)
        place = locate(dataset, scan(dataset, cache_dir), cache_dir, TINY_EARS)
        stores.append(build_store(place, cache_dir, num_processes=1))
    assert stores[0].is_complete
    assert stores[0].errors() == {}
    np.testing.assert_array_equal(stores[0].means, stores[1].means)


def test_folders_for_classes_need_no_table(
    settings: Settings, on_disk: Path, s3: S3Server, tmp_path: Path
) -> None:
    for name in ("Bark", "Meow"):
        (tmp_path / "own" / name).mkdir(parents=True)
        shutil.copy(on_disk / "train_curated" / f"{name.lower()}_0.wav", tmp_path / "own" / name / "a.wav")
    address = s3.put(tmp_path / "own", f"own-{tmp_path.name}")
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "audio_url.txt").write_text(f"\n{address}/\n")
    dataset = open_dataset(tmp_path / "away")
    assert (dataset.layout, dataset.classes) == ("folders", ("Bark", "Meow"))
    catalogue = scan(dataset, settings.cache_dir)
    assert catalogue["clip_id"].tolist() == ["curated/Bark/a.wav", "curated/Meow/a.wav"]
    assert catalogue["error"].eq("").all()


def test_clips_that_go_or_change_are_seen_by_the_next_scan(
    settings: Settings, on_disk: Path, prefix: str, s3: S3Server
) -> None:
    audio = on_disk / "train_curated"
    scan(open_dataset(settings.data_dir), settings.cache_dir)
    s3.remove(f"{prefix}/train_curated/bark_0.wav")
    s3.write(f"{prefix}/train_curated/bark_1.wav", (audio / "meow_0.wav").read_bytes())
    catalogue = scan(open_dataset(settings.data_dir), settings.cache_dir).set_index("clip_id")
    assert catalogue["error"]["curated/bark_0.wav"].startswith(
        "bark_0.wav: no such file, expected it in train"
    )
    assert catalogue["num_frames"]["curated/bark_1.wav"] == catalogue["num_frames"]["curated/meow_0.wav"]
    assert (catalogue["error"] != "").sum() == 1


def test_a_clip_that_goes_after_the_listing_is_tried_again(
    settings: Settings, on_disk: Path, prefix: str, s3: S3Server
) -> None:
    dataset = open_dataset(settings.data_dir)
    assert clip_path(dataset, "curated/bark_0.wav").is_file()
    s3.remove(f"{prefix}/train_curated/bark_0.wav")
    errors = scan(dataset, settings.cache_dir).set_index("clip_id")["error"]
    line = f"bark_0.wav: not at s3://{BUCKET}/{prefix} any more"
    assert errors["curated/bark_0.wav"].startswith(line)
    assert (errors != "").sum() == 1
    s3.put(on_disk / "train_curated", f"{prefix}/train_curated")
    assert scan(open_dataset(settings.data_dir), settings.cache_dir)["error"].eq("").all()


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("s3://no-such-bucket/clips", "Nothing is at s3://no-such-bucket/clips: expected a bucket or folder"),
        (f"s3://{BUCKET}/no-such-folder", f"Nothing is at s3://{BUCKET}/no-such-folder: expected a bucket"),
        ("somewhere", "audio_url.txt holds no address: expected one line such as s3://bucket/folder"),
        ("http://u:geheim@127.0.0.1/x", "audio_url.txt has an address with an @, a ? or a #"),
    ],
)
def test_an_address_that_has_nothing_is_one_line(
    settings: Settings, command: Command, s3: S3Server, address: str, line: str
) -> None:
    (settings.data_dir / "audio_url.txt").write_text(address)
    assert command.error("scan").startswith(f"fsat_core: {line}")
    assert "geheim" not in command.err


def test_without_rights_nothing_but_one_line_is_said(
    settings: Settings, prefix: str, command: Command, s3: S3Server
) -> None:
    dataset = open_dataset(settings.data_dir)
    clip = clip_path(dataset, "curated/bark_0.wav")
    line = f"fsat_core: s3://{BUCKET}/{prefix} may not be read: expected credentials that may list it. "
    with s3.refusing():
        assert command.error("scan").startswith(line)
        assert KEY not in command.err
        with pytest.raises(AudioError, match=rf"^bark_0\.wav: access to it at s3://.*{prefix} is refused"):
            clip.read_bytes()
        errors = scan(dataset, settings.cache_dir)["error"]
        assert errors.str.contains("is refused").all()
    catalogue = scan(dataset, settings.cache_dir)
    assert catalogue["error"].eq("").all()
    with s3.refusing():
        assert deep_scan(dataset, catalogue, settings.cache_dir)["error"].str.contains("is refused").all()
    assert deep_scan(dataset, catalogue, settings.cache_dir)["error"].eq("").all()


def test_a_server_that_is_not_there_is_one_line(settings: Settings, command: Command) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}/clips"
        (settings.data_dir / "audio_url.txt").write_text(address)
        error = command.error("scan")
    assert error.startswith(
        f"fsat_core: {address} cannot be reached (connection refused): expected an answer"
    )


def test_a_set_without_tables_says_what_was_found(settings: Settings, s3: S3Server, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "readme.txt").write_text("no clips")
    address = s3.put(tmp_path / "notes", f"notes-{tmp_path.name}")
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "audio_url.txt").write_text(address)
    with pytest.raises(DatasetError, match=r"^No data set at s3://.*which holds 1 file \(readme\.txt\)"):
        open_dataset(tmp_path / "away")

"""What is said when an address or one of its clips cannot be had, and how much is asked of it."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from fsat_core.audio import FeatureSpec, build_cache, read_mono
from fsat_core.audio.store import remote_clip
from fsat_core.audio.store.ahead import bring_ahead
from fsat_core.audio.store.remote import RemoteStore
from fsat_core.errors import AudioError, ConfigError, DatasetError
from tests.helpers.web_folder import WebFolder

RATE, NUM_CLIPS = 8_000, 12
SPEC = FeatureSpec("wave", RATE, 0.5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "set"
    path.mkdir()
    rng = np.random.default_rng(0)
    for number in range(NUM_CLIPS):
        sf.write(path / f"{number}.wav", rng.uniform(-0.5, 0.5, 3 * RATE), RATE)
    return path


@pytest.fixture
def web(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebFolder]:
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(remote_clip, "_PAUSES_S", (0.0, 0.0))
    with WebFolder(folder).running() as running:
        yield running


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (
            "gone",
            r"^3\.wav: not at http://127\.0\.0\.1:\d+ any more, expected it there; put it back, or rescan",
        ),
        ("forbidden", r"^3\.wav: access to it at http://127\.0\.0\.1:\d+ is refused, expected credentials"),
        ("cut", r"^3\.wav: its download from http://127\.0\.0\.1:\d+ broke off, expected all of it; "),
        (
            "short",
            r"^3\.wav: 24,022 bytes came from http://127\.0\.0\.1:\d+, expected 48,044 as it is listed",
        ),
    ],
)
def test_a_fault_of_one_clip_is_its_error_alone(
    web: WebFolder, folder: Path, tmp_path: Path, fault: str, line: str
) -> None:
    store = RemoteStore(web.url)
    clips = [(name, store.clip(name)) for name in sorted(store.stamps())]
    web.faults["3.wav"] = fault
    with pytest.raises(AudioError, match=line):
        read_mono(store.clip("3.wav"))
    built = build_cache(clips, SPEC, tmp_path / "cache")
    assert set(built.errors) == {"3.wav"}
    here = build_cache([(name, folder / name) for name, _ in clips], SPEC, tmp_path / "other")
    for name in set(built.clip_ids) - {"3.wav"}:
        np.testing.assert_array_equal(built.windows(name), here.windows(name))


def test_a_header_that_cannot_be_had_is_the_same_error(web: WebFolder) -> None:
    store = RemoteStore(web.url)
    web.faults |= {"3.wav": "forbidden", "4.wav": "gone"}
    for name, line in (("3.wav", "is refused"), ("4.wav", "not at http")):
        with pytest.raises(AudioError, match=line):
            store.read_header(name)


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("forbidden", "may not be read: expected credentials"),
        ("reset", "cannot be listed: expected an address"),
    ],
)
def test_a_folder_that_cannot_be_listed_is_not_taken_for_an_empty_one(
    web: WebFolder, folder: Path, fault: str, line: str
) -> None:
    (folder / "Bark").mkdir()
    web.faults["Bark"] = fault
    with pytest.raises(DatasetError, match=rf"^{web.url} {line}"):
        RemoteStore(web.url).entries()


def test_a_link_to_nothing_is_no_folder(web: WebFolder, folder: Path) -> None:
    (folder / "Bark").mkdir()
    (folder / "Bark" / "a.wav").write_bytes(b"")
    assert len(RemoteStore(web.url).within("Bark").stamps()) == 1
    web.faults["Bark"] = "gone"
    assert len(RemoteStore(web.url).stamps()) == NUM_CLIPS


def test_a_download_that_breaks_off_is_tried_again(web: WebFolder, folder: Path) -> None:
    web.faults["3.wav"], web.cuts_left = "cut", 2
    assert RemoteStore(web.url).clip("3.wav").read_bytes() == (folder / "3.wav").read_bytes()
    assert web.cuts_left == 0


def test_an_address_that_cannot_be_reached_ends_the_work_in_one_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path / "cache"))
    with WebFolder(folder).running() as web:
        store = RemoteStore(web.url)
        clips = [(name, store.clip(name)) for name in sorted(store.stamps())]
    line = rf"{web.url} cannot be reached \(connection refused\): expected an answer"
    with pytest.raises(AudioError, match=rf"^0\.wav: {line}"):
        read_mono(store.clip("0.wav"))
    for work in (
        lambda: build_cache(clips, SPEC, tmp_path / "cache"),
        lambda: RemoteStore(web.url).entries(),
    ):
        with pytest.raises(DatasetError, match=rf"^{line}"):
            work()
    with WebFolder(folder).running() as back:  # nothing was written down about clips that were not asked for
        store = RemoteStore(back.url)
        again = build_cache([(name, store.clip(name)) for name, _ in clips], SPEC, tmp_path / "cache")
    assert again.errors == {}


def test_scanning_reads_the_beginnings_of_wav_files_only(web: WebFolder, folder: Path) -> None:
    store = RemoteStore(web.url)
    for name in store.stamps():
        store.read_header(name)
    assert max(web.num_bytes.values()) <= 4_096
    assert set(web.num_bytes) == set(store.stamps())


def test_the_header_of_a_clip_that_is_here_is_not_asked_for(web: WebFolder) -> None:
    store = RemoteStore(web.url)
    header = store.read_header("3.wav")
    assert len(store.clip("3.wav").read_bytes()) == 48_044
    sent = web.num_bytes.total()
    assert store.read_header("3.wav") == header
    assert web.num_bytes.total() == sent


def test_a_flac_file_is_not_brought_for_its_header(web: WebFolder, folder: Path) -> None:
    sf.write(folder / "long.flac", np.random.default_rng(0).uniform(-1, 1, 60 * RATE), RATE)
    header, _ = RemoteStore(web.url).read_header("long.flac")
    assert header.num_frames == 60 * RATE
    assert web.num_bytes["long.flac"] < 80_000 < (folder / "long.flac").stat().st_size / 4


def test_downloads_overlap(web: WebFolder, folder: Path, tmp_path: Path) -> None:
    store = RemoteStore(web.url)
    web.together = threading.Barrier(4)  # nobody gets a clip before four are asked for
    clips = [(name, store.clip(name)) for name in sorted(store.stamps())]
    assert build_cache(clips, SPEC, tmp_path / "cache", num_workers=1).errors == {}


def test_clips_are_brought_once(web: WebFolder, tmp_path: Path) -> None:
    store = RemoteStore(web.url)
    clips = [(name, store.clip(name)) for name in sorted(store.stamps())]
    for folder in ("one", "other"):
        assert build_cache(clips, SPEC, tmp_path / folder).errors == {}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda clip: clip[1].read_bytes(), clips * 4))
    assert set(web.num_bytes.values()) == {48_044}


def test_what_is_worked_on_may_be_more_than_the_cache_holds(
    web: WebFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_CLIP_CACHE_GB", "0.0001")  # two clips
    store = RemoteStore(web.url)
    clips = [(name, store.clip(name)) for name in sorted(store.stamps())]
    assert build_cache(clips, SPEC, tmp_path / "cache").errors == {}
    kept = list((tmp_path / "cache" / "clips").rglob("*.wav"))
    assert 1 <= len(kept) <= 2


def test_a_folder_on_disk_is_given_as_it_is(folder: Path) -> None:
    paths = sorted(folder.iterdir())
    before = set(threading.enumerate())
    items = bring_ahead(paths, lambda path: path)
    assert next(items) == paths[0]
    assert set(threading.enumerate()) <= before
    assert list(items) == paths[1:]


def test_a_cache_that_cannot_be_written_is_one_line(web: WebFolder, tmp_path: Path) -> None:
    store = RemoteStore(web.url)
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(AudioError, match=r"^3\.wav: Clips cannot be kept in .* \(.*\): expected a folder"):
        os.fspath(store.clip("3.wav"))


@pytest.mark.parametrize("address", ["", "clips", "s3:/clips", "simplecache::s3://clips", "s3://two words"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(
        ConfigError, match=r"^audio_url\.txt holds no address: expected one line such as s3://"
    ):
        RemoteStore(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://ann:hidden@server/clips",
        "https://ann:x/hidden@server",
        "s3://key:hidden@clips",
        "https://server/clips?token=hidden",
        "https://server/clips#hidden",
    ],
)
def test_credentials_in_an_address_are_refused_and_not_shown(address: str) -> None:
    with pytest.raises(ConfigError, match=r"an address with an @, a \? or a #") as caught:
        RemoteStore(address)
    assert "hidden" not in str(caught.value)


def test_an_address_that_no_package_knows_is_one_line() -> None:
    with pytest.raises(DatasetError, match=r"^nix://clips: no package knows nix://, expected"):
        RemoteStore("nix://clips").entries()
    with pytest.raises(DatasetError, match=r"^gs://clips needs a package that is not installed: .*gcsfs"):
        RemoteStore("gs://clips").entries()

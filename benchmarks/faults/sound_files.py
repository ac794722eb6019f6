"""Sound files with bytes changed, cut, doubled and lied about, through everything that reads a sound.

    python -m benchmarks.faults.sound_files [--inputs N] [--seed N] [--json]

Each input is a small file of a known format after one to four seeded mutations. Child processes with a limit
on their memory read its header, its samples, its levels, the input of both networks and what a browser gets.
A sound or one `AudioError` of one line is right. Faults are other errors, children that die, inputs that take
longer than two seconds of processor time, more memory than a gigabyte, and WAV files of whose length our
parser says something else than libsndfile, although both read it.
"""

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import soundfile

from fsat_core.audio import FeatureSpec, extract
from fsat_core.audio.blocks import MonoWave
from fsat_core.audio.header import AudioHeader, read_header
from fsat_core.audio.levels import measure_levels
from fsat_core.audio.packing import read_sound
from fsat_core.audio.windows import cut_windows, window_starts
from fsat_core.errors import AudioError

SLOW_S, HUNG_S = 2.0, 60.0
MEMORY_BYTES = 1 << 30
RATE, NUM_FRAMES = 22_050, 2_000
SPECS = (FeatureSpec("wave", 16_000, 1.0), FeatureSpec("mfcc", 44_100, 1.0))
FORMATS = {
    "WAV": ("PCM_16", "PCM_U8", "PCM_24", "FLOAT", "ULAW", "GSM610", "IMA_ADPCM"),
    "WAVEX": ("PCM_16",),
    "RF64": ("PCM_16",),
    "W64": ("PCM_16",),
    "AIFF": ("PCM_16",),
    "AU": ("PCM_16",),
    "CAF": ("PCM_16",),
    "FLAC": ("PCM_16",),
    "OGG": ("VORBIS", "OPUS"),
    "MP3": ("MPEG_LAYER_III",),
}
# Numbers that programs write where they do not know better, and the ends of ranges.
LIES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0x80000023, 0xFFFFFFFE, 0xFFFFFFFF)


@dataclass(frozen=True)
class Fault:
    """An input that went wrong, by which it can be made again."""

    number: int
    kind: str
    what: str


def seeds() -> list[bytes]:
    """Small sound files of every format that libsndfile writes here, mono and stereo."""
    rng = np.random.default_rng(0)
    files = []
    formats = [(container, subtype) for container, subtypes in FORMATS.items() for subtype in subtypes]
    for container, subtype in formats:
        for num_channels in (1, 2):
            rate = 48_000 if subtype == "OPUS" else 8_000 if subtype == "GSM610" else RATE
            samples = 0.1 * rng.standard_normal((NUM_FRAMES, num_channels))
            out = io.BytesIO()
            with contextlib.suppress(soundfile.SoundFileError):  # GSM 6.10 knows no stereo
                soundfile.write(out, samples, rate, subtype, format=container)
                files.append(out.getvalue())
    return files


def mutate(content: bytes, rng: random.Random) -> bytes:
    """The file after one to four mutations, most of them near its beginning."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4))):
        reach = rng.choice((16, 64, 256, len(data)))
        at = rng.randrange(min(reach, len(data)) or 1)
        kind = rng.randrange(6)
        if kind == 0:
            data[at : at + 1] = bytes([data[at] ^ (1 << rng.randrange(8))]) if data else b"\0"
        elif kind == 1:
            data[at : at + 1] = bytes([rng.randrange(256)])
        elif kind == 2:
            size = rng.choice((1, 2, 4, 8))
            lie = rng.choice(LIES) & ((1 << 8 * size) - 1)
            data[at : at + size] = lie.to_bytes(size, rng.choice(("little", "big")))
        elif kind == 3:
            del data[rng.randrange(len(data) + 1) :]
        elif kind == 4:
            del data[at : at + rng.randrange(1, 9)]
        else:
            data[at:at] = data[at : at + rng.choice((1, 4, 32))]
        if not data:
            break
    return bytes(data)


def inputs(seed: int) -> Iterator[bytes]:
    """Mutated files without end; the same for the same seed."""
    files, rng = seeds(), random.Random(seed)
    while True:
        yield mutate(rng.choice(files), rng)


def read_everything(path: Path) -> str:
    """Read a file in every way; "read", "refused", or what is wrong in words after a colon."""
    try:
        header = read_header(path)
        wave = MonoWave(path)
        measure_levels(wave.at(wave.sample_rate), wave.sample_rate)
        for spec in SPECS:
            blocks = wave.at(spec.sample_rate)
            starts = window_starts(blocks, spec.num_samples)
            pieces = list(islice(cut_windows(blocks, spec.num_samples, starts), 2))
            if not np.isfinite(extract(np.stack(pieces), spec)).all():
                return "features: not finite"
        read_sound(path)
    except AudioError as error:
        return "refused" if "\n" not in str(error) else f"message: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return _compare(path, header, round(wave.duration_s * wave.sample_rate)) or "read"


def _compare(path: Path, header: AudioHeader, num_frames: int) -> str:
    """What contradicts the length in the header: the samples, or libsndfile where it has a WAV file whole."""
    # Of a damaged MPEG stream, frames that cannot be decoded are left out.
    held = num_frames * (1.2 if header.subtype.startswith("MPEG") else 1)
    if not num_frames <= header.num_frames <= held:
        return f"samples: {num_frames:,}, the header says {header.num_frames:,}"
    with path.open("rb") as file:
        if file.read(4) != b"RIFF":
            return ""
        file.seek(0)
        with contextlib.suppress(soundfile.SoundFileError):
            info = soundfile.info(file)
            is_known = info.subtype.startswith("PCM") and info.frames > 0  # 0: the writer did not know it
            if is_known and info.frames != header.num_frames:
                return f"length: {header.num_frames:,} frames, {info.frames:,} by libsndfile"
    return ""


def _serve(connection: Connection, other_end: Connection, folder: Path) -> None:
    """Read what comes over a connection, and answer with the outcome, seconds and bytes of memory."""
    other_end.close()  # forked with us: while we held it, the connection would never end
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    limit = own + 4 * MEMORY_BYTES  # address space; what is really used is looked at in the end
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    os.chdir(folder)
    path = folder / f"{os.getpid()}.wav"
    while True:
        try:
            path.write_bytes(connection.recv_bytes())
        except EOFError:
            path.unlink(missing_ok=True)
            return
        start = time.process_time()
        outcome = read_everything(path)
        seconds = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - own
        connection.send((outcome, seconds, peak))


class Reader:
    """A child process that reads files, started again when it has died or hung."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._start()

    def _start(self) -> None:
        self._connection, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("fork").Process(
            target=_serve, args=(theirs, self._connection, self._folder), daemon=True
        )
        self._process.start()
        theirs.close()

    def read(self, content: bytes) -> str:
        """ "read", "refused", or the fault."""
        try:
            self._connection.send_bytes(content)
            if not self._connection.poll(HUNG_S):
                self._process.kill()
                raise TimeoutError
            outcome, seconds, peak = self._connection.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self._process.join()
            self._start()
            return f"crash: exit status {self._process.exitcode}"
        except TimeoutError:
            self._start()
            return f"hang: over {HUNG_S:.0f} s"
        if seconds > SLOW_S:
            return f"slow: {seconds:.1f} s"
        if peak > MEMORY_BYTES:
            self.close()
            self._start()
            return f"memory: {peak / 1e6:.0f} MB"
        return str(outcome)

    def close(self) -> None:
        """End the child."""
        self._connection.close()
        self._process.join(HUNG_S)


def try_inputs(num_inputs: int, seed: int, folder: Path) -> tuple[Counter[str], list[Fault]]:
    """How many inputs were read and refused, and those that went wrong."""
    counts: Counter[str] = Counter()
    faults = []
    reader = Reader(folder)
    for number, content in zip(range(num_inputs), inputs(seed), strict=False):
        outcome = reader.read(content)
        kind, _, what = outcome.partition(": ")
        counts[kind] += 1
        if kind not in ("read", "refused"):
            faults.append(Fault(number, kind, what))
    reader.close()
    return counts, faults


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        counts, faults = try_inputs(options.inputs, options.seed, Path(folder))
    shown = [f"input {fault.number}: {fault.kind}: {fault.what}" for fault in faults[:50]]
    print("\n".join(shown))
    print(json.dumps({**counts, "faults": len(faults), "seconds": round(time.monotonic() - start)}))
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())

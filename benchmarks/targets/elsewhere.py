"""Scanning and preparing clips in a bucket, against the same clips in a folder.

Clips of 5 s at 44.1 kHz: headers, then inputs of one network, from empty caches. The bucket is that of an S3
server on this machine (moto, in a process of its own): nothing is far away, and its work takes our cores.
Both sides take turns; medians are compared.
"""

import itertools
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import ROUNDS, Figure, run_figures, seconds_of
from benchmarks.sets.kaggle_set import write_curated
from benchmarks.targets.preparing import CLIP_S, MFCC, NUM_CLIPS, WAVE
from fsat_core.audio import FeatureSpec, build_cache
from fsat_core.dataset import clip_path, open_dataset, scan
from fsat_core.errors import RunError

NAME = "targets.elsewhere"
BUCKET = "clips"
_START_S = 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    return run_figures(NAME, __doc__, measure, arguments)


def measure(folder: Path, num_clips: int = NUM_CLIPS, rounds: int = ROUNDS) -> Iterator[Figure]:
    """The figures, from files that are written to `folder`."""
    write_curated(folder / "set", num_clips, CLIP_S)
    with s3_server(folder / "server.log"):
        put(folder / "set" / "train_curated", folder / "away")
        (folder / "away" / "train_curated.csv").write_bytes(
            (folder / "set" / "train_curated.csv").read_bytes()
        )
        numbers = itertools.count()

        def job(data_dir: Path, spec: FeatureSpec) -> Callable[[], None]:
            return lambda: prepare(data_dir, folder / f"cache_{next(numbers)}", spec)

        for spec in (WAVE, MFCC):
            here, away = (job(folder / name, spec) for name in ("set", "away"))
            here_s, away_s = seconds_of(here, away, rounds=rounds)
            item = f"scan and {spec.kind} inputs of {num_clips:,} clips in a bucket, against a folder"
            yield Figure(item, away_s / here_s, "x as long", 1.3, at_most=True)


def prepare(data_dir: Path, cache_dir: Path, spec: FeatureSpec) -> None:
    """Scan a set and prepare the inputs of all of its clips."""
    os.environ["FSAT_CACHE_DIR"] = str(cache_dir)
    dataset = open_dataset(data_dir)
    clips = [(clip_id, clip_path(dataset, clip_id)) for clip_id in scan(dataset, cache_dir)["clip_id"]]
    assert not build_cache(clips, spec, cache_dir).errors


def put(audio: Path, data_dir: Path) -> None:
    """Copy an audio folder into the bucket, and name it in a new data folder."""
    import fsspec

    client = fsspec.filesystem("s3")
    client.mkdir(BUCKET)
    client.put(str(audio), f"{BUCKET}/set/{audio.name}", recursive=True)
    data_dir.mkdir()
    (data_dir / "audio_url.txt").write_text(f"s3://{BUCKET}/set")


@contextmanager
def s3_server(log: Path) -> Iterator[None]:
    """A server that clients in this process ask."""
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as server:
        try:
            os.environ |= {
                "AWS_ENDPOINT_URL": _wait_for(log, server),
                "AWS_ACCESS_KEY_ID": NAME,
                "AWS_SECRET_ACCESS_KEY": NAME,
                "AWS_DEFAULT_REGION": "us-east-1",
                "NO_PROXY": "127.0.0.1",
            }
            yield
        finally:
            server.terminate()


def _wait_for(log: Path, server: "subprocess.Popen[bytes]") -> str:
    """The address of the server, when it answers."""
    deadline = time.monotonic() + _START_S
    while not (found := re.search(r"Running on (http://[\d.:]+)", log.read_text())):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RunError(f"moto.server did not start: expected it to. It said: {log.read_text()[-300:]}")
        time.sleep(0.1)
    return found[1]


if __name__ == "__main__":
    sys.exit(main())

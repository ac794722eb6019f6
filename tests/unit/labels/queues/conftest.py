"""Fixtures for tests of queues: a catalogue of eight clips, a label database and a run."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from fsat_core.labels import LabelStore
from fsat_core.runs import Run

LABELS = {
    "curated/a.wav": "Bark",
    "curated/b.wav": "Bark",
    "curated/c.wav": "Knock",
    "curated/d.wav": "Bark,Knock",
    "noisy/e.wav": "Bark",
    "noisy/f.wav": "Knock",
    "test/g.wav": "",
    "curated/broken.wav": "Bark",
}


@pytest.fixture
def catalogue() -> pd.DataFrame:
    """The clips of `LABELS`, each of another length, with the columns of the deep scan."""
    clip_ids = list(LABELS)
    table = pd.DataFrame({"clip_id": clip_ids, "labels": list(LABELS.values())})
    num_frames = [80_000 + 1_000 * place for place in range(len(LABELS))]
    return table.assign(
        split=table["clip_id"].str.partition("/")[0],
        num_frames=num_frames,
        num_same=0,
        sample_rate=44_100,
        duration_s=[frames / 44_100 for frames in num_frames],
        error=["broken" if clip_id.endswith("broken.wav") else "" for clip_id in clip_ids],
        peak=0.5,
        rms_db=-20.0,
        silence_ratio=0.0,
        clipping_ratio=0.0,
        content_hash=[clip_id[-5:] for clip_id in clip_ids],
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as opened:
        yield opened


@pytest.fixture
def run(predicted_run: Callable[..., Run]) -> Run:
    """A run that has predicted the curated clips and one of the noisy ones."""
    return predicted_run(
        {
            "curated/a.wav": ("Bark", [0.9, 0.1]),
            "curated/b.wav": ("Bark", [0.1, 0.9]),
            "curated/c.wav": ("Knock", [0.45, 0.55]),
            "curated/d.wav": ("Bark,Knock", [0.5, 0.5]),
            "noisy/f.wav": ("Knock", [0.98, 0.02]),
        }
    )

"""Reading the demo set."""

from pathlib import Path

import pandas as pd

AUDIO_DIRS = {"curated": "train_curated", "noisy": "train_noisy", "test": "test"}


def table(demo_dir: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(demo_dir / name, dtype=str, keep_default_na=False)


def odd_path(demo_dir: Path, kind: str) -> Path:
    rows = table(demo_dir, "demo_oddities.csv").query("kind == @kind")
    assert len(rows) == 1
    return demo_dir / AUDIO_DIRS[rows["split"].item()] / rows["fname"].item()

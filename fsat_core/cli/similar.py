"""The command similar."""

import argparse
from pathlib import Path

from fsat_core.cli.command import OK, Commands, add_top, num_shown
from fsat_core.cli.opened import read_clips
from fsat_core.cli.output import print_result
from fsat_core.settings import Settings

_TOP = 10


def add_commands(commands: Commands) -> None:
    """Add it."""
    parser = commands.add("similar", _similar, "The clips that sound most like a file", data=True)
    parser.add_argument("file", type=Path, metavar="FILE", help="a sound file")
    add_top(parser, _TOP, "clips")


def _similar(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.audio.blocks import MonoWave
    from fsat_core.audio.limits import within_memory
    from fsat_core.embedding import (
        YAMNET,
        ExactNeighbours,
        hear_windows,
        load_embedder,
        mean_heard,
        open_complete,
    )

    top = num_shown(options, _TOP)
    dataset, catalogue = read_clips(settings)
    store = open_complete(dataset, catalogue, settings.cache_dir, YAMNET)
    embedder = load_embedder(YAMNET, settings.cache_dir)
    with within_memory(options.file.name):
        heard = mean_heard(hear_windows(embedder, MonoWave(options.file).at(embedder.sample_rate)))
    near = ExactNeighbours(store.means).nearest(heard.embeddings, top or len(store.clip_ids))
    clip_ids = [store.clip_ids[row] for row in near.rows]
    labels = catalogue.set_index("clip_id")["labels"]
    rows = [
        {"clip_id": clip_id, "labels": labels[clip_id], "similarity": float(similarity)}
        for clip_id, similarity in zip(clip_ids, near.similarities, strict=True)
    ]
    lines = [f"{row['similarity']:6.3f}  {row['clip_id']}  {row['labels']}" for row in rows]
    print_result(options, rows, "\n".join(lines))
    return OK

"""The command embed."""

import argparse
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.opened import add_executor, read_clips, read_workplace
from fsat_core.cli.output import print_result, show_progress, warn
from fsat_core.errors import Stopped
from fsat_core.settings import Settings
from fsat_core.text import counted

if TYPE_CHECKING:
    from fsat_core.embedding import EmbeddingStore


def add_commands(commands: Commands) -> None:
    """Add it."""
    embed = commands.add("embed", _embed, "Let YAMNet hear all clips; goes on where it stopped", data=True)
    embed.add_argument("--bring", action="store_true", help="bring YAMNet first where it is not here")
    add_executor(embed)


def _embed(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.embedding import YAMNET, build_store, locate
    from fsat_core.embedding.listening import stop_path
    from fsat_core.embedding.near_duplicates import near_duplicates
    from fsat_core.embedding.pretrained import bring_yamnet
    from fsat_core.embedding.projection import read_map

    workplace = read_workplace(options, settings)
    place = locate(*read_clips(settings, workplace), settings.cache_dir, YAMNET)
    known: list[int] = []  # how many clips were done at first
    start = time.monotonic()
    should_stop = stop_path(place).exists
    try:
        if options.bring:
            bring_yamnet(settings.cache_dir, tell=warn, should_stop=should_stop)
        with show_progress("Listening") as progress:

            def follow(done: int, total: int) -> None:
                known.append(done)
                progress(done, total)

            store = build_store(
                place, settings.cache_dir, follow, should_stop, again=True, workplace=workplace
            )
        seconds = time.monotonic() - start
        num_pairs = len(near_duplicates(store))
        if read_map(store) is None:
            _draw(store, should_stop)
    except Stopped:
        warn("Stopped; what has been heard is kept")
        stop_path(place).unlink(missing_ok=True)  # done: the next one goes on
        return OK
    errors = store.errors()
    num_new = store.num_done - min(known, default=store.num_done)
    value = {
        "num_clips": len(store.clip_ids),
        "num_new": num_new,
        "num_errors": len(errors),
        "num_near_duplicates": num_pairs,
        "errors": [{"clip_id": clip_id, "error": error} for clip_id, error in errors.items()],
        "seconds": round(seconds, 2),
    }
    num_heard = len(store.clip_ids) - len(errors)
    lines = [
        f"{num_heard:,} of {len(store.clip_ids):,} clips heard ({num_new:,} tried now, {seconds:,.1f} s)"
    ]
    if num_pairs:
        lines.append(
            f"  {counted(num_pairs, 'pair')} of clips of one recording: see the queue near_duplicates"
        )
    lines += [f"  {clip_id}: {error}" for clip_id, error in errors.items()]
    print_result(options, value, "\n".join(lines))
    return OK


def _draw(store: "EmbeddingStore", should_stop: Callable[[], bool]) -> None:
    """Draw the map of a store; how far that is stands in the log that the app reads, or in a bar."""
    from fsat_core.embedding.listening import describe_drawing
    from fsat_core.embedding.projection import draw_map

    def tell(done: int, total: int) -> None:
        progress(done, total)
        if not sys.stderr.isatty():
            warn(describe_drawing(done, total))

    with show_progress("Drawing the map") as progress:
        warn("Drawing the map")
        draw_map(store, tell, should_stop)

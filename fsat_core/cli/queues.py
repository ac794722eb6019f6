"""The commands queues, and queues kinds, make, show, rename, delete and restore."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsat_core.cli.command import OK, Commands, add_top, num_shown, read_day
from fsat_core.cli.opened import find_runs, login_name, open_labels, read_clips
from fsat_core.cli.output import json_rows, print_result, show_progress
from fsat_core.errors import ConfigError, LabelError
from fsat_core.listing import STATUS_CHOICES
from fsat_core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from fsat_core.labels import Queue

_SHOWN = 20
# Suppressed where it is not given, so that it may also stand before the inner word.
_WHO: dict[str, Any] = {"metavar": "NAME", "default": argparse.SUPPRESS}


def add_commands(commands: Commands) -> None:
    """Add them."""
    listing = commands.add("queues", _queues, "List the queues of clips to decide on", data=True, runs=True)
    listing.add_argument("--annotator", metavar="NAME", help="whose progress (default: your login name)")
    queues = Commands(listing, required=False)

    queues.add("kinds", _kinds, "The kinds of queues, and what each needs")

    make = queues.add("make", _make, "Make a queue for all annotators", data=True, runs=True)
    make.add_argument("kind", metavar="KIND", help="see: queues kinds")
    make.add_argument("--run", dest="run_id", metavar="RUN_ID", help="by which run's predictions")
    make.add_argument(
        "--other", action="append", default=[], metavar="RUN_ID", help="disagreement: with these"
    )
    make.add_argument("--label", metavar="CLASS", help="only clips with this label")
    make.add_argument("--limit", type=int, default=500, metavar="N", help="clips at most (default: 500)")
    make.add_argument("--seed", type=int, default=0, help="random: of the order")
    make.add_argument(
        "--clips", type=Path, metavar="FILE", help="filter, sent: a clip id per line; - for standard input"
    )
    make.add_argument("--name", default="", metavar="TEXT", help="filter, sent: what was chosen")
    make.add_argument(
        "--status",
        action="append",
        default=[],
        choices=STATUS_CHOICES,
        help="decided: of which this was decided",
    )
    make.add_argument("--by", metavar="NAME", help="decided: by this annotator")
    make.add_argument(
        "--since",
        type=read_day,
        metavar="DAY",
        help="decided: on this day (UTC) or later, such as 2026-01-31",
    )
    make.add_argument("--annotator", help="who makes it (default: your login name)", **_WHO)

    show = queues.add("show", _show, "The clips of a queue, and how far somebody has come", runs=True)
    show.add_argument("queue_id", type=int, metavar="N", help="number of the queue")
    add_top(show, _SHOWN, "clips")
    show.add_argument("--annotator", help="whose progress (default: your login name)", **_WHO)

    rename = queues.add("rename", _rename, "Give a queue another title", runs=True)
    rename.add_argument("queue_id", type=int, metavar="N", help="number of the queue")
    rename.add_argument("title", metavar="TITLE")

    delete = queues.add("delete", _delete, "Take a queue off the list; its decisions stay", runs=True)
    delete.add_argument("queue_id", type=int, metavar="N", help="number of the queue")

    restore = queues.add("restore", _restore, "Bring a deleted queue back", runs=True)
    restore.add_argument("queue_id", type=int, metavar="N", help="number of the queue")


def _queues(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.labels import count_done, list_queues

    with open_labels(settings) as store:
        table = list_queues(store)
        done = count_done(store.decisions(), options.annotator or login_name())
    rows = json_rows(table.assign(num_done=table["name"].map(done).fillna(0).astype(int)))
    lines = ["{queue_id}  {title}: {num_done:,} of {num_clips:,} done".format(**row) for row in rows]
    print_result(options, rows, "\n".join(lines) or "No queue yet")
    return OK


def _kinds(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.labels import KINDS

    rows = [
        {
            "kind": name,
            "title": kind.title,
            "explanation": kind.explanation,
            "needs": sorted({"run"} | kind.needs if kind.needs_run else kind.needs),
            "takes_run": kind.takes_run,
        }
        for name, kind in KINDS.items()
    ]
    print_result(options, rows, "\n".join(f"{row['kind']:15} {row['explanation']}" for row in rows))
    return OK


def _make(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.labels import DecidedAs, build_queue, save_queue
    from fsat_core.labels.own_names import read_own_names

    annotator = options.annotator or login_name()
    runs = find_runs(settings, [options.run_id] if options.run_id else [])
    clip_ids = None if options.clips is None else _read_clip_ids(options.clips)
    catalogue, given = _catalogue(options.kind, settings)
    with open_labels(settings) as store:
        queue = build_queue(
            options.kind,
            catalogue,
            run=runs[0] if runs else None,
            others=find_runs(settings, options.other),
            decisions=store.decisions(),
            label=options.label,
            clip_ids=clip_ids,
            decided=DecidedAs(options.status, options.by, options.since),
            name=options.name,
            limit=options.limit,
            seed=options.seed,
            created_by=annotator,
            own_names=read_own_names(store),
            **given,
        )
        if queue.clips.empty:
            raise LabelError(
                f"No clip is left for a queue of the kind '{options.kind}': expected at least one. Choose "
                "another kind or other settings."
            )
        queue = save_queue(store, queue)
    value = _describe(queue)
    print_result(options, value, "{queue_id}  {name}: {num_clips:,} clips. {explanation}".format(**value))
    return OK


def _catalogue(kind: str, settings: Settings) -> "tuple[pd.DataFrame, dict[str, Any]]":
    """The catalogue, with what the deep scan adds where this kind needs it; and what YAMNet hears."""
    from fsat_core.dataset import deep_scan
    from fsat_core.embedding import YAMNET, open_complete
    from fsat_core.labels import KINDS

    dataset, catalogue = read_clips(settings)
    needs = KINDS[kind].needs if kind in KINDS else frozenset()
    if "heard" in needs:
        heard = open_complete(dataset, catalogue, settings.cache_dir, YAMNET)
        return catalogue, {"heard": heard, "classes": dataset.classes}
    if "deep" not in needs:
        return catalogue, {}
    with show_progress("Decoding clips") as progress:
        return deep_scan(dataset, catalogue, settings.cache_dir, progress), {}


def _read_clip_ids(path: Path) -> list[str]:
    from fsat_core.dataset.table_text import decode_text
    from fsat_core.files import source_name

    try:
        content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror or error}): expected a text with a clip id per line. "
            "Correct the name."
        ) from error
    text, _ = decode_text(content, source_name(path))
    return [line.strip() for line in text.splitlines() if line.strip()]


def _show(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.labels import list_queues, load_queue, measure_progress

    top = num_shown(options, _SHOWN)
    with open_labels(settings) as store:
        queue = load_queue(store, options.queue_id)
        done = measure_progress(queue, store.decisions(), options.annotator or login_name())
        titles = list_queues(store).set_index("queue_id")["title"]
    title = titles.get(queue.queue_id, f"{queue.name} (deleted)")
    clips = json_rows(queue.clips[:top])
    value = _describe(queue) | {"title": title, "progress": vars(done), "clips": clips}
    lines = [f"{title}: {done.done:,} of {len(queue.clips):,} done. {queue.explanation}"]
    for row in clips:
        suggested = f" -> {row['suggested']}" if row.get("suggested") else ""
        lines.append(f"  {row['clip_id']}  {row['reason']}{suggested}")
    print_result(options, value, "\n".join(lines))
    return OK


def _rename(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.labels import rename_queue

    with open_labels(settings) as store:
        rename_queue(store, options.queue_id, options.title)
    value = {"queue_id": options.queue_id, "title": options.title}
    print_result(options, value, f"Queue {options.queue_id} is '{options.title}'")
    return OK


def _delete(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.labels import delete_queue

    with open_labels(settings) as store:
        delete_queue(store, options.queue_id)
    text = (
        f"Queue {options.queue_id} deleted; its decisions stay. Back with: queues restore {options.queue_id}"
    )
    print_result(options, {"queue_id": options.queue_id}, text)
    return OK


def _restore(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.labels import restore_queue

    with open_labels(settings) as store:
        restore_queue(store, options.queue_id)
    print_result(options, {"queue_id": options.queue_id}, f"Queue {options.queue_id} is back")
    return OK


def _describe(queue: "Queue") -> dict[str, Any]:
    names = ("queue_id", "name", "kind", "settings", "explanation", "created_by", "run_id")
    value = {name: getattr(queue, name) for name in names}
    return value | {"num_clips": len(queue.clips), "created_at": queue.created_at.isoformat()}

"""The commands labels decide, labels undo and labels history."""

import argparse
from typing import Any

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.opened import login_name, open_labels, read_clips
from fsat_core.cli.output import json_rows, print_result
from fsat_core.errors import LabelError
from fsat_core.settings import Settings
from fsat_core.text import readable


def add_commands(labels: Commands) -> None:
    """Add them."""
    decide = labels.add("decide", _decide, "Decide on the labels of one clip", data=True, runs=True)
    decide.add_argument("clip_id", type=readable, metavar="CLIP_ID", help="such as curated/0006ae4e.wav")
    decide.add_argument("action", choices=("accept", "relabel", "remove", "unsure"))
    decide.add_argument(
        "--labels",
        default="",
        metavar="A,-B",
        help="relabel: the new ones; accept: if not those of now; a minus says what is certainly not there "
        "(--labels=-B where it comes first)",
    )
    decide.add_argument("--annotator", metavar="NAME", help="who decides (default: your login name)")
    decide.add_argument("--queue", type=int, metavar="N", help="number of the queue that this is part of")
    decide.add_argument("--note", default="", metavar="TEXT")

    undo = labels.add("undo", _undo, "Take back the latest decision, with its whole batch", runs=True)
    undo.add_argument("--annotator", metavar="NAME", help="whose (default: your login name)")
    undo.add_argument("--token", metavar="T", help="take back this decision (labels history has the tokens)")

    history = labels.add("history", _history, "All that was ever decided on a clip", runs=True)
    history.add_argument("clip_id", type=readable, metavar="CLIP_ID")


def _decide(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.labels import Decision, LatestRule, load_queue, resolve
    from fsat_core.labels.decision import check_classes
    from fsat_core.labels.negatives import complete_labels, read_labels

    dataset, catalogue = read_clips(settings)
    annotator = options.annotator or login_name()
    with open_labels(settings) as store:
        resolved = resolve(store.decisions(), catalogue, LatestRule()).set_index("clip_id")
        if options.clip_id not in resolved.index:
            raise _not_there(options.clip_id, "the data set")
        now = resolved.loc[options.clip_id]
        queue = None if options.queue is None else load_queue(store, options.queue)
        if queue is not None and options.clip_id not in set(queue.clips["clip_id"]):
            raise _not_there(options.clip_id, f"queue {queue.queue_id}")
        labels, denied = (now["labels"], now["denied"]) if options.action == "accept" else ("", "")
        if options.labels:
            said = read_labels(options.labels, dataset.classes)
            labels, denied = complete_labels(*said, now["labels"], now["denied"])
        decision = Decision(
            options.clip_id,
            annotator,
            options.action,
            labels,
            previous_labels=now["labels"],
            denied=denied,
            queue=queue.name if queue is not None else "",
            note=options.note,
        )
        check_classes(decision, dataset.classes)
        store.add(decision)
    names = ("clip_id", "annotator", "action", "labels", "denied", "previous_labels", "queue", "token")
    value = {name: getattr(decision, name) for name in names}
    print_result(options, value, _say(value))
    return OK


def _undo(options: argparse.Namespace, settings: Settings) -> int:
    with open_labels(settings) as store:
        undone = store.undo(options.annotator or login_name(), options.token)
    rows = json_rows(undone)
    print_result(
        options, rows, "\n".join(f"taken back: {_say(row)}" for row in rows) or "Nothing to take back"
    )
    return OK


def _history(options: argparse.Namespace, settings: Settings) -> int:
    with open_labels(settings) as store:
        rows = json_rows(store.history(options.clip_id))
    undone = {row["undoes"] for row in rows}
    lines = [
        f"{row['created_at']}  {_say(row)}{' (undone)' if row['id'] in undone else ''}  {row['token']}"
        for row in rows
    ]
    print_result(options, rows, "\n".join(lines) or "Nothing decided yet")
    return OK


def _say(row: dict[str, Any]) -> str:
    from fsat_core.labels.negatives import write_labels

    labels = write_labels(row["labels"], row["denied"])
    return " ".join(filter(None, [row["annotator"], row["action"], row["clip_id"], labels]))


def _not_there(clip_id: str, where: str) -> LabelError:
    return LabelError(
        f"No clip '{clip_id}' in {where}: expected one such as 'curated/0006ae4e.wav'. Correct the name."
    )

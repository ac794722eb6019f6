"""Queues: which clips to decide on, in which order, and how far somebody has come.

A queue is a snapshot: a clip stays in its place whatever is decided on it. Decisions made from it carry its
name in `Decision.queue`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from fsat_core.dataset import split_labels
from fsat_core.dataset.content_scan import DEEP_COLUMNS
from fsat_core.errors import LabelError
from fsat_core.labels.decision import ACTIONS
from fsat_core.labels.queues import by_catalogue, by_run
from fsat_core.labels.queues.kinds import KINDS, Kind, Request
from fsat_core.labels.resolve import Latest, Rule, resolve, standing
from fsat_core.runs.run import Run

STOP_AFTER = 12  # so many accepted in a row, worst first, say that the rest is probably right
_LATEST = Latest()

# What is missing, and how to come by it.
_NEEDS = {
    "run": ("finished run", "Choose one, or train one first."),
    "label": ("class", "Choose one."),
    "deep": ("deep scan", "Run it: python -m fsat_core scan --deep."),
    "decisions": ("list of decisions", "Give those of the label database."),
    "clips": ("list of clips", "Choose some on the page that sends them."),
}


@dataclass(frozen=True)
class Queue:
    """A snapshot of clips to decide on, in order.

    Parameters
    ----------
    queue_id : int or None
        None until it is saved.
    name : str
        Shown to people, and what decisions from this queue carry. Saving it makes it unique.
    kind : str
        A key of `KINDS`.
    settings : dict
        What it was made with, as JSON can hold it: `limit` and, where they apply, `run, others, label, seed`.
    explanation : str
        How the order came about.
    clips : pd.DataFrame
        Columns `clip_id, reason` (a short text, or "") and, where a run made the order, `suggested` labels.
    created_by : str
    created_at : datetime
        UTC.
    run_id : str
        The run behind the order, or "".
    """

    queue_id: int | None
    name: str
    kind: str
    settings: dict[str, Any]
    explanation: str
    clips: pd.DataFrame
    created_by: str = ""
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    run_id: str = ""

    @property
    def is_worst_first(self) -> bool:
        """Whether many clips accepted in a row say that those that follow are probably right too."""
        kind = KINDS[self.kind]
        return kind.worst_first and ("run" not in kind.takes or self.run_id != "")


@dataclass(frozen=True)
class Progress:
    """How far one annotator has come with a queue.

    Parameters
    ----------
    done, left : int
        Clips with and without a standing decision of this annotator from this queue.
    by_action : dict
        Number of clips by the latest of these decisions: `accept, relabel, remove, unsure`.
    next_index : int
        Where the first clip is that is left; the number of clips where none is.
    accepted_in_a_row : int
        How many clips were accepted without another decision between them, up to the one furthest down the
        queue that has been decided on.
    """

    done: int
    left: int
    by_action: dict[str, int]
    next_index: int
    accepted_in_a_row: int


def build_queue(
    kind: str,
    catalogue: pd.DataFrame,
    *,
    run: Run | None = None,
    others: Sequence[Run] = (),
    decisions: pd.DataFrame | None = None,
    rule: Rule = _LATEST,
    label: str | None = None,
    clip_ids: Sequence[str] | None = None,
    limit: int = 500,
    seed: int = 0,
    created_by: str = "",
) -> Queue:
    """Make a queue; nothing is stored.

    Clips that cannot be read are left out, and so are those that `created_by` has decided on already, unless
    somebody chose them one by one (`filter`, `sent`) or they are disputed.

    Parameters
    ----------
    kind : str
        A key of `KINDS`, which says what each needs.
    catalogue : pd.DataFrame
        From `scan`, or from `deep_scan` for the kinds that need it.
    run : Run, optional
        A finished run, for the kinds that need or take one.
    others : sequence of Run
        Further runs for `disagreement`, which is then between runs, out of fold, rather than between the
        folds of the one on its test clips.
    decisions : pd.DataFrame, optional
        As `LabelStore.decisions` returns it. By `rule`, they say what clips are labelled with now.
    label : str, optional
        Only clips that have this label now.
    clip_ids : sequence of str, optional
        The clips of `filter` and `sent`, in order.
    limit : int
        Most clips.
    seed : int
        Of the order in `random`.

    Raises
    ------
    LabelError
        If there is no such kind or it lacks what it needs, a clip or label is not known, or `limit` is not
        positive.
    RunError
        If a run has no such predictions.
    """
    given = {"run": run, "label": label, "decisions": decisions, "clips": clip_ids}
    given["deep"] = True if set(DEEP_COLUMNS) <= set(catalogue) else None
    chosen = _check(kind, {name for name, value in given.items() if value is not None}, limit)
    if "run" not in chosen.needs | chosen.takes:
        run, others = None, ()
    clips = catalogue if "clips" in chosen.needs else catalogue[catalogue["error"] == ""]
    clips = clips.reset_index(drop=True)
    if decisions is not None:
        clips = clips.assign(labels=resolve(decisions, clips, rule)["labels"])
    request = Request(clips, run, others, decisions, rule, clip_ids or (), seed)
    found = _with_label(_order(kind, request), clips, label)
    decided = set() if chosen.repeats else _decided_by(created_by, decisions)
    left = found[~found["clip_id"].isin(decided)]
    settings = _settings(request, limit, label) | ({"seed": seed} if kind == "random" else {})
    return Queue(
        queue_id=None,
        name=_name(chosen, settings),
        kind=kind,
        settings=settings,
        explanation=_explain(chosen, settings, len(left), len(found), created_by),
        clips=left.head(limit).reset_index(drop=True),
        created_by=created_by,
        run_id=settings.get("run", ""),
    )


def progress(queue: Queue, decisions: pd.DataFrame, annotator: str) -> Progress:
    """How far an annotator has come with a queue.

    Parameters
    ----------
    queue : Queue
    decisions : pd.DataFrame
        As `LabelStore.decisions` returns it.
    annotator : str
        Whose decisions count.
    """
    own = standing(decisions[decisions["annotator"] == annotator])
    own = own[own["queue"] == queue.name].drop_duplicates("clip_id", keep="last")
    actions = queue.clips["clip_id"].map(own.set_index("clip_id")["action"])
    is_left = actions.isna().to_numpy()
    decided = actions.dropna().tolist()
    others = [place for place, action in enumerate(decided) if action != "accept"]
    return Progress(
        done=len(decided),
        left=int(is_left.sum()),
        by_action={action: decided.count(action) for action in ACTIONS},
        next_index=int(is_left.argmax()) if is_left.any() else len(is_left),
        accepted_in_a_row=len(decided) - 1 - max(others, default=-1),
    )


def _check(kind: str, given: set[str], limit: int) -> Kind:
    if kind not in KINDS:
        raise LabelError(f"No kind of queue '{kind}': expected {' or '.join(KINDS)}. Choose one.")
    if limit < 1:
        raise LabelError(f"A queue of at most {limit} clips: expected 1 or more. Raise the limit.")
    if missing := sorted(KINDS[kind].needs - given):
        what, mend = _NEEDS[missing[0]]
        raise LabelError(f"A queue of the kind '{kind}' needs a {what}: none was given. {mend}")
    return KINDS[kind]


def _settings(request: Request, limit: int, label: str | None) -> dict[str, Any]:
    settings: dict[str, Any] = {"limit": limit}
    if request.run is not None:
        settings["run"] = request.run.run_id
    if request.others:
        settings["others"] = [other.run_id for other in request.others]
    if label is not None:
        settings["label"] = label
    return settings


def _order(kind: str, request: Request) -> pd.DataFrame:
    if request.run is None:
        return by_catalogue.ORDERS[kind](request)
    return by_run.ORDERS[kind](request, request.run)


def _with_label(found: pd.DataFrame, clips: pd.DataFrame, label: str | None) -> pd.DataFrame:
    if label is None:
        return found
    has_label = [label in split_labels(text) for text in clips["labels"]]
    if not any(has_label):
        raise LabelError(f"No clip is labelled '{label}': expected a class of the data set. Choose another.")
    return found[found["clip_id"].isin(clips.loc[has_label, "clip_id"])]


def _decided_by(annotator: str, decisions: pd.DataFrame | None) -> set[str]:
    if decisions is None:
        return set()
    return set(standing(decisions[decisions["annotator"] == annotator])["clip_id"])


def _name(kind: Kind, settings: dict[str, Any]) -> str:
    parts = [kind.title]
    if "run" in settings:
        parts.append(f"by {settings['run']}")
    if "label" in settings:
        parts.append(f"({settings['label']})")
    return " ".join(parts)


def _explain(kind: Kind, settings: dict[str, Any], num_left: int, num_found: int, created_by: str) -> str:
    parts = [kind.explanation]
    runs = [settings["run"], *settings.get("others", [])] if "run" in settings else []
    if runs:
        parts.append(f"By {' and '.join(runs)}.")
    if "label" in settings:
        parts.append(f"Only clips labelled {settings['label']}.")
    if num_left > settings["limit"]:
        parts.append(f"The first {settings['limit']:,} of {num_left:,}.")
    if num_left < num_found:
        parts.append(f"Without {num_found - num_left:,} that {created_by} had decided on.")
    return " ".join(parts)

"""A new queue, from the catalogue, the decisions and a run."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fsat_core.dataset import split_labels
from fsat_core.dataset.clip_ids import fname_of
from fsat_core.dataset.content_scan import DEEP_COLUMNS
from fsat_core.embedding import EmbeddingStore
from fsat_core.errors import LabelError
from fsat_core.labels.queues.kinds import KINDS, QueueKind
from fsat_core.labels.queues.queue import Queue
from fsat_core.labels.queues.request import DecidedAs, QueueRequest
from fsat_core.labels.resolve import LatestRule, Rule, decisions_of, resolve, standing
from fsat_core.runs.run import Run
from fsat_core.text import counted, list_some, shorten

_LATEST = LatestRule()
_ANYTHING = DecidedAs()
_MOST_CHARACTERS = 150  # of what was chosen, in the name of a queue

# What is missing, and how to get it.
_NEEDS = {
    "run": ("finished run", "Choose one, or train one first."),
    "label": ("class", "Choose one."),
    "deep": ("deep scan", "Run it: python -m fsat_core scan --deep."),
    "heard": ("hearing of all clips", "Run `fsat embed` first, or let YAMNet listen on Label."),
    "decisions": ("list of decisions", "Give those of the label database."),
    "clips": ("list of clips", "Choose some on the page that sends them."),
}


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
    decided: DecidedAs = _ANYTHING,
    heard: EmbeddingStore | None = None,
    classes: Sequence[str] = (),
    own_names: Mapping[str, Sequence[str]] | None = None,
    name: str = "",
    limit: int = 500,
    seed: int = 0,
    created_by: str = "",
) -> Queue:
    """Make a queue; nothing is stored.

    Clips that cannot be read are left out, and so are those that `created_by` has decided on already, unless
    somebody chose them one by one (`filter`, `judged`, `sent`), they are disputed, or are to be heard again.

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
        Only clips that have this label now, for a kind that takes one.
    clip_ids : sequence of str, optional
        The clips of `filter`, `judged` and `sent`, in order.
    decided : DecidedAs
        What was decided on the clips of `decided`.
    heard : EmbeddingStore, optional
        What YAMNet hears in all clips.
    classes : sequence of str
        Those of the data set, for kinds that need what is heard.
    own_names : mapping, optional
        AudioSet's names for some of them, as users say.
    name : str
        What was chosen, in a few words, for `filter`, `judged` and `sent`; the number of clips is added.
    limit : int
        Most clips.
    seed : int
        Of the order in `random`.

    Raises
    ------
    LabelError
        If there is no such kind, it lacks what it needs or is given a label that it does not take, a clip or
        label is not known, or `limit` is not positive.
    RunError
        If a run has no such predictions.
    """
    given = {"label": label, "decisions": decisions, "clips": clip_ids, "heard": heard}
    given["deep"] = True if set(DEEP_COLUMNS) <= set(catalogue) else None
    chosen = _check(kind, {name for name, value in given.items() if value is not None}, limit)
    if not chosen.takes_run:
        run, others = None, ()
    clips = catalogue if "clips" in chosen.needs else catalogue[catalogue["error"] == ""]
    clips = clips.reset_index(drop=True)
    done = set() if chosen.repeats else _decided_by(created_by, decisions)
    settled = done
    if decisions is not None:
        now = resolve(decisions, clips, rule)
        clips = clips.assign(labels_of_tables=clips["labels"], labels=now["labels"])
        settled = done.union(now.loc[now["status"] == "removed", "clip_id"])
    request = QueueRequest(
        clips,
        run,
        others,
        decisions,
        rule,
        clip_ids or (),
        seed,
        decided,
        heard,
        classes,
        settled,
        label,
        own_names or {},
    )
    found = _with_label(_order(kind, request), clips, label)
    left = found[~found["clip_id"].isin(done)]
    settings = _settings(request, limit, label) | ({"seed": seed} if kind == "random" else {})
    if kind == "decided":
        settings |= _describe_decided(decided)
    num = min(len(left), limit)
    return Queue(
        queue_id=None,
        name=_name(chosen, settings, left["clip_id"].head(num).tolist(), name),
        kind=kind,
        settings=settings,
        explanation=_explain(chosen, settings, len(left), len(found), created_by),
        clips=left.head(limit).reset_index(drop=True),
        created_by=created_by,
        run_id=settings.get("run", ""),
    )


def _check(kind: str, given: set[str], limit: int) -> QueueKind:
    if kind not in KINDS:
        raise LabelError(f"No kind of queue '{kind}': expected {' or '.join(KINDS)}. Choose one.")
    if limit < 1:
        raise LabelError(f"A queue of at most {limit} clips: expected 1 or more. Raise the limit.")
    if missing := sorted(KINDS[kind].needs - given):
        raise _missing(kind, missing[0])
    if "label" in given and not KINDS[kind].takes_label:
        raise LabelError(
            f"A queue of the kind '{kind}' of one class: expected none, since its clips have no label yet. "
            "Leave the class out."
        )
    return KINDS[kind]


def _missing(kind: str, what: str) -> LabelError:
    name, mend = _NEEDS[what]
    return LabelError(f"A queue of the kind '{kind}' needs a {name}: none was given. {mend}")


def _settings(request: QueueRequest, limit: int, label: str | None) -> dict[str, Any]:
    settings: dict[str, Any] = {"limit": limit}
    if request.run is not None:
        settings["run"] = request.run.run_id
    if request.others:
        settings["others"] = [other.run_id for other in request.others]
    if label is not None:
        settings["label"] = label
    return settings


def _order(kind: str, request: QueueRequest) -> pd.DataFrame:
    chosen = KINDS[kind]
    if chosen.order_by_run is not None and request.run is not None:
        return chosen.order_by_run(request, request.run)
    if chosen.order is None:
        raise _missing(kind, "run")
    return chosen.order(request)


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
    return set(standing(decisions_of(decisions, annotator))["clip_id"])


def _describe_decided(decided: DecidedAs) -> dict[str, Any]:
    since = "" if decided.since is None else str(decided.since)
    given = {"status": list(decided.status), "by": decided.by, "since": since}
    return {key: value for key, value in given.items() if value}


def _name(kind: QueueKind, settings: dict[str, Any], clip_ids: Sequence[str], chosen: str) -> str:
    """What tells a queue from others: how it was made, or which clips were chosen."""
    if "clips" in kind.needs:
        what = chosen or (fname_of(clip_ids[0]) if len(clip_ids) == 1 else kind.title)
        by = f" by {settings['run']}" if "run" in settings else ""
        return f"{shorten(what, _MOST_CHARACTERS)}{by} ({counted(len(clip_ids), 'clip')})"
    parts = [kind.title]
    if "run" in settings:
        parts.append(f"by {settings['run']}")
    if "others" in settings:
        parts.append(f"and {list_some(settings['others'], 2)}")
    if "status" in settings or "by" in settings or "since" in settings:
        by = f" by {settings['by']}" if "by" in settings else ""
        since = f" since {settings['since']}" if "since" in settings else ""
        parts[0] = f"{parts[0]}: {' or '.join(settings.get('status', [])) or 'anything'}{by}{since}"
    if "label" in settings:
        parts.append(f"({settings['label']})")
    if settings.get("seed"):
        parts.append(f"with seed {settings['seed']}")
    return " ".join(parts)


def _explain(
    kind: QueueKind, settings: dict[str, Any], num_left: int, num_found: int, created_by: str
) -> str:
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

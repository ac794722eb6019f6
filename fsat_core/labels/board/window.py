"""What a label board gets to know of the clips that it shows now and next."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fsat_core.dataset import split_labels
from fsat_core.dataset.clip_ids import fname_of, split_of
from fsat_core.labels.board.protocol import AHEAD, BEHIND, LETTERS, NOT_DECIDED, ClipInfo, Post, Undoable
from fsat_core.labels.board.suggestions import HeardSuggestions, Suggestions
from fsat_core.labels.queues.kinds import KINDS
from fsat_core.labels.queues.queue import Queue
from fsat_core.labels.resolve import LatestRule, decisions_of, resolve, standing

_COMING = 16  # clips to read ahead of what the board asks for
_UNDOABLE = 40  # last decisions that the board knows of


@dataclass(frozen=True)
class View:
    """Whose view of which queue.

    Parameters
    ----------
    queue : Queue
    annotator : str
    blind : bool
        Hides what others decided and what networks predict.
    suggestions : Suggestions, HeardSuggestions or None
    """

    queue: Queue
    annotator: str
    blind: bool
    suggestions: Suggestions | HeardSuggestions | None

    @property
    def shows_reasons(self) -> bool:
        """Whether to say why each clip is in the queue; in blind mode not what others or networks say."""
        kind = KINDS[self.queue.kind]
        tells = self.queue.run_id or kind.names_labels or kind.needs & {"decisions", "heard"}
        return not (self.blind and tells)


def own_decisions(view: View, decisions: pd.DataFrame) -> pd.DataFrame:
    """The standing decisions of the annotator from this queue, oldest first."""
    own = standing(decisions_of(decisions, view.annotator))
    return own[own["queue"] == view.queue.name]


def marks(view: View, own: pd.DataFrame) -> str:
    """A letter for each clip of the queue: what the annotator's last decision on it was, if there is one."""
    last = dict(zip(own["clip_id"].tolist(), own["action"].tolist(), strict=True))
    clip_ids = view.queue.clips["clip_id"].tolist()
    return "".join(LETTERS.get(last.get(clip_id, ""), NOT_DECIDED) for clip_id in clip_ids)


def undoable(view: View, own: pd.DataFrame) -> list[Undoable]:
    """The last decisions, oldest first."""
    batches: dict[str, Undoable] = {}
    last = own[["clip_id", "batch", "token"]].tail(_UNDOABLE)
    for clip_id, batch, token in last.itertuples(index=False, name=None):
        entry = batches.setdefault(batch or token, {"token": token, "at": []})
        entry["at"].append(view.queue.places[clip_id])
    return list(batches.values())


def wanted(posted: Post, queue: Queue, start: int, letters: str) -> list[int]:
    """Positions that the board asks for, the most urgent first; before it has asked, those at `start`.

    Positions outside the queue are left out.
    """
    if posted.queue != queue.queue_id:
        ahead = [at for at in range(start + 1, len(letters)) if letters[at] == NOT_DECIDED][:AHEAD]
        asked = [start, *ahead, *range(start - 1, start - 1 - BEHIND, -1)]
    else:
        asked = posted.want
    return [at for at in dict.fromkeys(asked) if 0 <= at < len(letters)]


def coming(positions: Sequence[int], letters: str) -> list[int]:
    """Positions that the board will ask for after these."""
    rest = range(max(positions, default=-1) + 1, len(letters))
    return list(itertools.islice((at for at in rest if letters[at] == NOT_DECIDED), _COMING))


def describe(
    view: View, positions: Sequence[int], catalogue: pd.DataFrame, own: pd.DataFrame, decisions: pd.DataFrame
) -> dict[int, ClipInfo]:
    """Clips of the queue, without sound and pictures, by their position.

    Parameters
    ----------
    view : View
    positions : sequence of int
        In the queue.
    catalogue : pd.DataFrame
        What the catalogue says of these clips: `clip_id, labels, error`. One without a row has gone from the
        data set.
    own, decisions : pd.DataFrame
        The annotator's standing decisions from this queue, and all decisions.
    """
    rows = catalogue.set_index("clip_id", drop=False)
    before = _labels_before(view, rows, own, decisions)
    known = rows[["labels", "error"]].to_dict("index")
    clips = view.queue.clips.iloc[list(positions)]
    mine = own[own["clip_id"].isin(clips["clip_id"])]
    last = dict(zip(mine["clip_id"], mine[["action", "labels", "denied"]].to_dict("records"), strict=True))
    return {
        at: _describe_clip(view, clip, known.get(clip["clip_id"]), before, last.get(clip["clip_id"]))
        for at, clip in zip(positions, clips.to_dict("records"), strict=True)
    }


def _labels_before(
    view: View, rows: pd.DataFrame, own: pd.DataFrame, decisions: pd.DataFrame
) -> Mapping[str, tuple[str, str]]:
    """What clips are labelled with, and what is denied, as if nothing had been decided from this queue.

    So the labels that are accepted stay the same, before and after a decision on them.
    """
    others = decisions[decisions["clip_id"].isin(rows.index) & ~decisions["id"].isin(own["id"])]
    if view.blind:
        others = decisions_of(others, view.annotator)
    if others.empty:  # mostly, and what follows takes a while
        return {clip_id: (labels, "") for clip_id, labels in zip(rows.index, rows["labels"], strict=True)}
    now = resolve(others, rows, LatestRule())
    # A removed clip has none now; what it had is what can be accepted.
    labels = now["labels"].where(now["status"] != "removed", rows["labels"].to_numpy())
    return dict(zip(now["clip_id"], zip(labels, now["denied"], strict=True), strict=True))


def _describe_clip(
    view: View,
    clip: Mapping[str, Any],
    known: Mapping[str, str] | None,
    before: Mapping[str, tuple[str, str]],
    mine: dict[str, str] | None,
) -> ClipInfo:
    clip_id = clip["clip_id"]
    split, fname = split_of(clip_id), fname_of(clip_id)
    now, denied = before.get(clip_id, ("", ""))
    suggestions = None if view.blind else view.suggestions
    return {
        "clip_id": clip_id,
        "fname": fname,
        "split": split.capitalize(),
        "labels": now,
        "denied": denied,
        "source": known["labels"] if known else "",
        "reason": clip["reason"] if view.shows_reasons else "",
        "likely": suggestions.likeliest(clip_id, split_labels(now)) if suggestions else [],
        "mine": mine,
        "error": known["error"] if known else "This clip is no longer in the data set.",
    }

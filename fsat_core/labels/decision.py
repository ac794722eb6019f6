"""A decision on the labels of one clip, as somebody made it."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from fsat_core.dataset import split_labels
from fsat_core.dataset.label_text import join_labels
from fsat_core.errors import LabelError
from fsat_core.text import shorten

Action = Literal["accept", "relabel", "remove", "unsure"]
ACTIONS: tuple[str, ...] = get_args(Action)
REMOVE = "remove"  # the action; in files and tables of labels it stands where class names would
_OF_AN_ID = 64
# The texts of a decision, and how many characters each can have. All of them come from outside.
MOST_CHARACTERS = {
    "clip_id": 4_096,
    "annotator": 254,
    "labels": 20_000,
    "denied": 20_000,
    "previous_labels": 20_000,
    "queue": 1_000,
    "run_id": 255,
    "note": 10_000,
    "batch": _OF_AN_ID,
    "token": _OF_AN_ID,
}


def new_token() -> str:
    """A unique token."""
    return uuid.uuid4().hex


@dataclass(frozen=True)
class Decision:
    """What one annotator says about one clip.

    Parameters
    ----------
    clip_id : str
        `<split>/<fname>`.
    annotator : str
        Who says it.
    action : str
        `accept`: the labels that the clip has are right. `relabel`: it should have others. `remove`: it
        should not be used. `unsure`: listened to, and left as it is.
    labels : str
        The labels accepted or given, joined by commas; "" for the other two actions, and where every label
        that the clip had is denied.
    previous_labels : str
        What the annotator saw before.
    queue, run_id, note : str
        Where the clip came up, by which run's predictions, and anything else to say.
    batch : str
        The same for all decisions that are undone together; "" for one that stands alone.
    denied : str
        Classes that the clip certainly does not have, joined by commas; "" for `remove` and `unsure`.
    decided_at : datetime or None
        When, with its time zone; None for the time at which it is stored.
    token : str
        Unique to the decision: adding it again, because an answer was lost, adds nothing.

    Raises
    ------
    LabelError
        If a part is missing, too long, does not go with the action, or is not text that both databases can
        keep.
    """

    clip_id: str
    annotator: str
    action: Action
    labels: str = ""
    previous_labels: str = ""
    queue: str = ""
    run_id: str = ""
    note: str = ""
    batch: str = ""
    denied: str = ""
    decided_at: datetime | None = None
    token: str = field(default_factory=new_token)

    def __post_init__(self) -> None:
        for name, most in MOST_CHARACTERS.items():
            _check_text(name, getattr(self, name), most)
        if self.action not in ACTIONS:
            raise LabelError(
                f"Action '{shorten(str(self.action))}' on {self.clip_id}: expected {' or '.join(ACTIONS)}. "
                "Choose one."
            )
        for name in ("clip_id", "annotator", "token"):
            if not getattr(self, name).strip():
                raise LabelError(f"A decision on '{self.clip_id}' without {name}: expected a text. Give one.")
        for name in ("labels", "denied"):
            object.__setattr__(self, name, join_labels(split_labels(getattr(self, name))))
        if both := {*split_labels(self.labels)} & {*split_labels(self.denied)}:
            raise LabelError(
                f"'{min(both)}' on {self.clip_id} is given and denied: expected one of the two. Choose one."
            )
        needs_labels = self.action in ("accept", "relabel")
        if needs_labels != bool(self.labels or self.denied):
            expected = "class names joined by commas" if needs_labels else "none"
            raise LabelError(
                f"Labels '{self.labels}' with the action {self.action} on {self.clip_id}: "
                f"expected {expected}. Give these, or take another action."
            )


def check_classes(decision: Decision, classes: Collection[str]) -> None:
    """Raise a LabelError if a decision gives or denies what is none of these classes."""
    named = [*split_labels(decision.labels), *split_labels(decision.denied)]
    if unknown := [name for name in named if name not in classes]:
        raise LabelError(
            f"'{unknown[0]}' on {decision.clip_id} is no class of the data set: expected one of its "
            f"{len(classes)} classes. Choose another one."
        )


def _check_text(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise LabelError(
            f"{name} {shorten(text, 40)!r} has {len(text):,} characters: expected {most:,} or fewer. "
            "Shorten it."
        )
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character, such as a file name in another encoding has
        faulty = True
    else:
        faulty = "\0" in text
    if faulty:
        raise LabelError(f"{name} {text!r}: expected text in UTF-8 without zero bytes. Rename it.")

"""Operations of a label board, into the label database: each once, however often it is sent."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from fsat_core.errors import FsatError, LabelError
from fsat_core.labels.board.protocol import UNDO
from fsat_core.labels.decision import Decision, check_classes
from fsat_core.labels.queues.queue import Queue
from fsat_core.labels.store import LabelStore

# An operation as it arrives: nothing in it can be relied on before it is read.
Posted = Mapping[str, Any]


@dataclass
class Receipt:
    """What became of the decisions that were sent.

    Parameters
    ----------
    stored : list of str
        Tokens of those that are in the database now.
    refused : list of (str, str)
        Tokens of those that cannot be stored, ever, and why.
    error : str
        Why the rest could not be stored this time; "" where there is no rest.
    """

    stored: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    error: str = ""


@dataclass(frozen=True)
class Inbox:
    """Takes decisions in.

    Parameters
    ----------
    store : LabelStore
    queue : callable
        The queue of an id; an FsatError where there is none.
    classes : collection of str
        Those of the data set.
    signed_in_as : str or None
        Where people sign in, nobody decides in somebody else's name.
    """

    store: LabelStore
    queue: Callable[[int], Queue]
    classes: Collection[str]
    signed_in_as: str | None = None

    def take(self, posted: Sequence[Posted], decisions: pd.DataFrame) -> Receipt:
        """Store what is new in `posted`, in its order; `decisions` are those that are stored already."""
        receipt = Receipt()
        waiting: list[Decision] = []
        owners = _owners(decisions, posted)
        try:
            for item in posted:
                token = str(item.get("token", ""))
                if token in owners:
                    receipt.stored.append(token)
                elif item.get("action") == UNDO:
                    self._store(waiting, owners, receipt)
                    self._undo(item, owners, receipt)
                else:
                    self._read(item, waiting, receipt)
            self._store(waiting, owners, receipt)
        except LabelError as error:
            receipt.error = str(error)
        return receipt

    def _read(self, item: Posted, waiting: list[Decision], receipt: Receipt) -> None:
        try:
            queue = self.queue(_number(item.get("queue")))
        except FsatError as error:  # or there is no database just now: it is sent again
            receipt.error = str(error)
            return
        try:
            waiting.append(self._decision(item, queue))
        except FsatError as error:
            receipt.refused.append((str(item.get("token", "")), str(error)))

    def _store(self, waiting: list[Decision], owners: dict[str, str], receipt: Receipt) -> None:
        if waiting:
            self.store.add_many(waiting)
            owners |= {decision.token: decision.annotator for decision in waiting}
            receipt.stored += [decision.token for decision in waiting]
            waiting.clear()

    def _undo(self, item: Posted, owners: Mapping[str, str], receipt: Receipt) -> None:
        """Take back a decision; nothing to do where it has been refused, or taken back before."""
        undone, annotator = str(item.get("undoes", "")), str(item.get("annotator", ""))
        if owners.get(undone) == annotator and self.signed_in_as in (None, annotator):
            self.store.undo(annotator, undone)
        receipt.stored.append(str(item.get("token", "")))

    def _annotator(self, item: Posted) -> str:
        name = str(item.get("annotator", ""))
        if self.signed_in_as is not None and name != self.signed_in_as:
            raise LabelError(
                f"A decision of '{name}' while '{self.signed_in_as}' is signed in: expected one of theirs. "
                "Sign in as the one who made it."
            )
        return name

    def _decision(self, item: Posted, queue: Queue) -> Decision:
        names = ("clip_id", "labels", "previous", "batch", "token", "run")
        text = {name: str(item.get(name, "")) for name in names}
        if text["clip_id"] not in set(queue.clips["clip_id"]):
            raise LabelError(
                f"A decision on '{text['clip_id']}', which queue '{queue.name}' does not have: expected one "
                "of its clips. Reload the page."
            )
        decision = Decision(
            clip_id=text["clip_id"],
            annotator=self._annotator(item),
            action=item.get("action", ""),
            labels=text["labels"],
            previous_labels=text["previous"],
            queue=queue.name,
            run_id=text["run"],
            batch=text["batch"],
            token=text["token"],
        )
        check_classes(decision, self.classes)
        return decision


def _owners(decisions: pd.DataFrame, posted: Sequence[Posted]) -> dict[str, str]:
    """Who made each decision that is stored already and that `posted` has or takes back, by its token."""
    tokens = {str(item.get(name, "")) for item in posted for name in ("token", "undoes")} - {""}
    found = decisions[decisions["token"].isin(tokens)]
    return dict(zip(found["token"], found["annotator"], strict=True))


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise LabelError(
            f"A decision from queue {value!r}: expected the number of a queue. Reload the page."
        ) from None

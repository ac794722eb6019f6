"""Operations of a label board, into the label database: each once, however often it is sent."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from fsat_core.errors import FsatError, LabelError
from fsat_core.labels.board.protocol import MOST_OPS, DecisionOp, KeysOp, UndoOp, read_op, token_of
from fsat_core.labels.decision import Decision, check_classes
from fsat_core.labels.fixed_keys import check_fixed_keys, keep_fixed_keys
from fsat_core.labels.queues.queue import Queue
from fsat_core.labels.store import LabelStore
from fsat_core.text import shorten

Op = DecisionOp | UndoOp | KeysOp


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

    def take(self, posted: Sequence[object], decisions: pd.DataFrame) -> Receipt:
        """Store what is new in `posted`, in its order; `decisions` are those that are stored already.

        Nothing in `posted` is relied on: what is no operation is refused, where it can be named.
        """
        receipt = Receipt()
        waiting: list[Decision] = []
        ops = list(_read_all(posted[:MOST_OPS], receipt))
        owners = _owners(decisions, ops)
        try:
            for op in ops:
                if op.token in owners:
                    receipt.stored.append(op.token)
                elif isinstance(op, UndoOp):
                    self._store(waiting, owners, receipt)
                    self._undo(op, owners, receipt)
                elif isinstance(op, KeysOp):
                    self._keep_keys(op, receipt)
                else:
                    self._decide(op, waiting, receipt)
            self._store(waiting, owners, receipt)
        except LabelError as error:
            receipt.error = str(error)
        return receipt

    def _decide(self, op: DecisionOp, waiting: list[Decision], receipt: Receipt) -> None:
        try:
            queue = self.queue(op.queue)
        except FsatError as error:  # or there is no database just now: it is sent again
            receipt.error = str(error)
            return
        try:
            waiting.append(self._decision(op, queue))
        except FsatError as error:
            receipt.refused.append((op.token, str(error)))

    def _store(self, waiting: list[Decision], owners: dict[str, str], receipt: Receipt) -> None:
        if waiting:
            self.store.add_many(waiting)
            owners |= {decision.token: decision.annotator for decision in waiting}
            receipt.stored += [decision.token for decision in waiting]
            waiting.clear()

    def _undo(self, op: UndoOp, owners: Mapping[str, str], receipt: Receipt) -> None:
        """Take back a decision; nothing to do where it has been refused, or taken back before."""
        if owners.get(op.undoes) == op.annotator and self.signed_in_as in (None, op.annotator):
            self.store.undo(op.annotator, op.undoes)
        receipt.stored.append(op.token)

    def _keep_keys(self, op: KeysOp, receipt: Receipt) -> None:
        """Keep the keys, or say why not: whatever is wrong with them must not hold up decisions."""
        try:
            self._check_owner(op)
            check_fixed_keys(op.keys, self.classes)
            keep_fixed_keys(self.store, op.annotator, op.keys)
        except LabelError as error:
            receipt.refused.append((op.token, str(error)))
        else:
            receipt.stored.append(op.token)

    def _check_owner(self, op: DecisionOp | KeysOp) -> None:
        if self.signed_in_as not in (None, op.annotator):
            raise LabelError(
                f"A decision of '{op.annotator}' while '{self.signed_in_as}' is signed in: expected one of "
                "theirs. Sign in as the one who made it."
            )

    def _decision(self, op: DecisionOp, queue: Queue) -> Decision:
        self._check_owner(op)
        if op.clip_id not in queue.places:
            raise LabelError(
                f"A decision on '{shorten(op.clip_id)}', which queue '{queue.name}' does not have: expected "
                "one of its clips. Reload the page."
            )
        decision = Decision(
            clip_id=op.clip_id,
            annotator=op.annotator,
            action=op.action,  # type: ignore[arg-type]  # `Decision` checks it
            labels=op.labels,
            denied=op.denied,
            previous_labels=op.previous,
            queue=queue.name,
            run_id=op.run,
            batch=op.batch,
            token=op.token,
        )
        check_classes(decision, self.classes)
        return decision


def _read_all(posted: Sequence[object], receipt: Receipt) -> Iterator[Op]:
    """The operations among what was posted; the others are refused."""
    for value in posted:
        try:
            yield read_op(value)
        except LabelError as error:
            if token := token_of(value):
                receipt.refused.append((token, str(error)))


def _owners(decisions: pd.DataFrame, ops: Sequence[Op]) -> dict[str, str]:
    """Who made each decision that is stored already and that an operation has or takes back, by its token."""
    tokens = {op.token for op in ops} | {op.undoes for op in ops if isinstance(op, UndoOp)}
    found = decisions[decisions["token"].isin(tokens)]
    return dict(zip(found["token"], found["annotator"], strict=True))

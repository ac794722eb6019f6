"""The messages between a label board and the server. `ui/label/protocol.js` says the same in JavaScript.

The board shows the next clip before its decision has reached the server. It keeps every operation until an
answer names its token, and sends it again after a lost connection, a reload or a restart of the server, so
an operation may arrive more than once. The tests of both languages read the same messages from
tests/fixtures/label_board_protocol.json.
"""

from collections.abc import Sequence
from typing import Any, Literal, TypedDict

NOT_DECIDED = "-"
LETTERS = {"accept": "a", "relabel": "r", "remove": "x", "unsure": "u"}  # of the actions, in `Answer.marks`
UNDO = "undo"
AHEAD, BEHIND = 8, 1  # clips that a board holds around the one in view


class DecisionOp(TypedDict):
    """A decision on one clip; those of one `batch` are taken back together ("" for a decision alone)."""

    token: str
    queue: int
    annotator: str
    clip_id: str
    at: int
    action: str
    labels: str
    previous: str
    run: str
    batch: str


class UndoOp(TypedDict):
    """Takes back the decision with the token `undoes`, and those of its batch, at the positions `at`."""

    token: str
    queue: int
    annotator: str
    action: Literal["undo"]
    undoes: str
    at: list[int]


class Post(TypedDict, total=False):
    """What a board tells the server.

    `n` is a number that the answer repeats, `at` the position in view. `want` are the positions to send, the
    most urgent first; `held` and `heard` are those of them whose pictures and whose sound are there already.
    `ops` are the operations without an answer so far.
    """

    n: int
    queue: int
    at: int
    want: list[int]
    held: list[int]
    heard: list[int]
    ops: list[DecisionOp | UndoOp]


class Undoable(TypedDict):
    """A decision that can be taken back: its token or batch, and the positions decided with it."""

    token: str
    at: list[int]


class ClipInfo(TypedDict):
    """A clip of the queue, without sound and pictures.

    `labels` are those before this annotator's decision, `source` those of the data set. `likely` are classes
    that a run predicts, with probabilities; `mine` is this annotator's decision, if there is one.
    """

    clip_id: str
    fname: str
    split: str
    labels: str
    source: str
    reason: str
    likely: list[tuple[str, float]]
    mine: dict[str, str] | None
    error: str


class Answer(TypedDict):
    """What the server tells a board.

    `session`, `scope` and `view` tell apart what must not be mixed: a server's session, a database with a
    data set, and whose view of which queue. `marks` has a letter for each clip of the queue. `infos` and
    `clips` (pictures) are of the positions asked for. `stored` and `refused` name the tokens of operations
    that are done with; `error` says why the others have to be sent again.
    """

    session: str
    scope: str
    view: str
    queue: int | None
    annotator: str
    run: str
    n: int
    start: int
    marks: str
    undo: list[Undoable]
    infos: dict[int, dict[str, Any]]
    clips: dict[str, dict[str, Any]]
    stored: list[str]
    refused: list[tuple[str, str]]
    error: str
    families: Sequence[tuple[str, list[str]]]

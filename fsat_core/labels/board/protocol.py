"""The messages between a label board and the server. `ui/label/protocol.js` says the same in JavaScript.

The board shows the next clip before its decision has reached the server. It keeps every operation until an
answer names its token, and sends it again after a lost connection, a reload or a restart of the server, so
an operation may arrive more than once. The tests of both languages read the same messages from
tests/fixtures/label_board_protocol.json.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from fsat_core.errors import LabelError
from fsat_core.labels.decision import MOST_CHARACTERS
from fsat_core.labels.fixed_keys import MOST_KEYS, FixedKey

NOT_DECIDED = "-"
LETTERS = {"accept": "a", "relabel": "r", "remove": "x", "unsure": "u"}  # of the actions, in `Answer.marks`
UNDO, KEYS = "undo", "keys"
AHEAD, BEHIND = 8, 1  # clips that a board holds around the one in view
MOST_POSITIONS = 1_000  # in one message; a board asks for two pages of its grid at most
MOST_OPS = 1_000  # taken from one message; what is left is sent again, as it has no answer

Number = Annotated[int, Field(ge=0, lt=2**53)]  # what JavaScript has as a whole number
Positions = Annotated[list[Number], Field(max_length=MOST_POSITIONS)]


# The texts of a decision, as long as those of `Decision` can be.
Token = Annotated[str, Field(max_length=MOST_CHARACTERS["token"])]
Annotator = Annotated[str, Field(max_length=MOST_CHARACTERS["annotator"])]
ClipId = Annotated[str, Field(max_length=MOST_CHARACTERS["clip_id"])]
Labels = Annotated[str, Field(max_length=MOST_CHARACTERS["labels"])]
RunId = Annotated[str, Field(max_length=MOST_CHARACTERS["run_id"])]


class _Message(BaseModel):
    """What arrives from a browser, or from whoever says that it is one; unknown fields are ignored."""

    model_config = ConfigDict(strict=True, frozen=True)


class DecisionOp(_Message):
    """A decision on one clip; those of one `batch` are taken back together ("" for a decision alone).

    `denied` are the classes that the clip certainly does not have.
    """

    token: Token
    queue: Number
    annotator: Annotator
    clip_id: ClipId
    at: Number = 0
    action: Annotated[str, Field(max_length=20)]
    labels: Labels = ""
    denied: Labels = ""
    previous: Labels = ""
    run: RunId = ""
    batch: Token = ""


class UndoOp(_Message):
    """Takes back the decision with the token `undoes`, and those of its batch, at the positions `at`."""

    token: Token
    queue: Number
    annotator: Annotator
    action: Literal["undo"]
    undoes: Token
    at: Positions = []


class KeysOp(_Message):
    """The keys that an annotator has given to classes, all of them."""

    token: Token
    queue: Number
    annotator: Annotator
    action: Literal["keys"]
    keys: Annotated[list[FixedKey], Field(max_length=10 * MOST_KEYS)]


class Post(_Message):
    """What a board tells the server.

    `n` is a number that the answer repeats, `at` the position in view. `want` are the positions to send, the
    most urgent first; `held` and `heard` are those of them whose pictures and whose sound are there already.
    `ops` are the operations without an answer so far; each is read for itself, by `read_op`.
    """

    n: Number = 0
    queue: Number | None = None
    at: Number = 0
    want: Positions = []
    held: Positions = []
    heard: Positions = []
    ops: list[Any] = []

    @property
    def brings_keys(self) -> bool:
        """Whether the keys of classes are among the operations."""
        return any(isinstance(op, Mapping) and op.get("action") == KEYS for op in self.ops)


class Undoable(TypedDict):
    """A decision that can be taken back: its token or batch, and the positions decided with it."""

    token: str
    at: list[int]


class ClipInfo(TypedDict):
    """A clip of the queue, without sound and pictures.

    `labels` are those before this annotator's decision, `denied` the classes that it certainly does not have
    then, `source` the labels of the data set. `likely` are classes that a run predicts, with probabilities;
    `mine` is this annotator's decision, if there is one.
    """

    clip_id: str
    fname: str
    split: str
    labels: str
    denied: str
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
    that are done with; `error` says why the others have to be sent again. `fixed` are the keys that the
    annotator has given to classes, None where that is not known.
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
    fixed: list[dict[str, str]] | None


def read_post(value: object) -> Post:
    """What a board has posted; a board that has not asked for anything, where it makes no sense."""
    try:
        return Post.model_validate(value)
    except ValidationError:
        return Post()


def read_op(value: object) -> DecisionOp | UndoOp | KeysOp:
    """An operation of a board.

    Raises
    ------
    LabelError
        If it is none.
    """
    action = value.get("action") if isinstance(value, Mapping) else None
    try:
        if action == UNDO:
            return UndoOp.model_validate(value)
        return KeysOp.model_validate(value) if action == KEYS else DecisionOp.model_validate(value)
    except ValidationError as error:
        raise LabelError(_explain(error)) from error


def token_of(value: object) -> str | None:
    """The token by which an answer can name an operation, whatever else is wrong with it."""
    token = value.get("token") if isinstance(value, Mapping) else None
    try:
        return _TOKEN.validate_python(token, strict=True)
    except ValidationError:
        return None


_TOKEN: TypeAdapter[str] = TypeAdapter(Annotated[Token, Field(min_length=1)])


def _explain(error: ValidationError) -> str:
    """One line for the first fault of an operation."""
    fault = error.errors(include_input=False, include_url=False)[0]
    name = ".".join(map(str, fault["loc"])) or "decision"
    most = fault.get("ctx", {}).get("max_length")
    expected = f"{most:,} or fewer characters" if fault["type"] == "string_too_long" else "what a board sends"
    return f"A decision whose '{name}' cannot be taken: expected {expected}. Reload the page."

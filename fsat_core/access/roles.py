"""The roles, and what each may do."""

from typing import Literal, get_args

from fsat_core.errors import AccessError

Role = Literal["viewer", "annotator", "trainer", "owner"]
Act = Literal["look", "label", "train", "manage"]

ROLES: tuple[Role, ...] = get_args(Role)  # each may do what those before it may

# What somebody has to be at least, and what that is for.
ACTS: dict[Act, tuple[Role, str]] = {
    "look": ("viewer", "Open pages, hear clips, have clips of one's own tagged, download what a page shows"),
    "label": (
        "annotator",
        "Decide, take back one's own decisions, make queues and label sets, import decisions of one's own, "
        "export labels",
    ),
    "train": (
        "trainer",
        "Start, stop, resume, describe and delete runs, take networks away, let YAMNet listen, scan anew, "
        "download the data set",
    ),
    "manage": ("owner", "Give and take roles, read the audit, import and take back decisions of others"),
}


def may(role: Role | None, act: Act) -> bool:
    """Whether a role is enough for an act; no role is enough for none."""
    return role is not None and ROLES.index(role) >= ROLES.index(ACTS[act][0])


def check_may(role: Role | None, act: Act) -> None:
    """Raise an AccessError unless a role is enough for an act."""
    if not may(role, act):
        raise AccessError(why_not(role, act))


def why_not(role: Role | None, act: Act) -> str:
    """What to say to a role that is not enough for an act."""
    has = f"Your role is {role}" if role else "You have no role"
    least, _ = ACTS[act]
    more = f"{least} or more" if least != ROLES[-1] else least
    return f"{has}: expected {more} for this. Ask an owner for it."

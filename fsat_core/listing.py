"""The words by which lists of clips are filtered and ordered, the same for pages, addresses and commands."""

from typing import Literal, get_args

LabelKind = Literal["all", "single", "several"]
LABEL_KINDS: tuple[LabelKind, ...] = get_args(LabelKind)
ABNORMAL = "abnormal"
UNREADABLE = "unreadable"
UNDECIDED = "undecided"
SHOW_CHOICES = (ABNORMAL, "long", "short", "same", UNREADABLE, "all")
STATUS_CHOICES = (UNDECIDED, "accepted", "relabelled", "removed", "unsure", "disputed")
# By which column, and whether the largest comes first.
ORDERS = {
    "longest": ("duration_s", True),
    "shortest": ("duration_s", False),
    "name": ("fname", False),
    "name_down": ("fname", True),
    "label": ("labels", False),
    "label_down": ("labels", True),
    "most_frames": ("num_frames", True),
    "fewest_frames": ("num_frames", False),
    "split": ("split", False),
    "split_down": ("split", True),
    "status": ("status", False),
    "latest": ("decided_at", True),
}

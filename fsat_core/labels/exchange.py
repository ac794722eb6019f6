"""Labels out to files and in from them: `train_curated.csv`'s own format, and `{fname: "A,B" | "remove"}`.

Clips are called by their file name. Where two splits have the same file name, it means the curated clip, else
the noisy one; the others are called by `clip_id`. A name with a slash is always a `clip_id`.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from fsat_core.csv_cells import format_csv, unmark_formula
from fsat_core.dataset import SPLITS, split_labels
from fsat_core.dataset.file_names import match_names
from fsat_core.dataset.label_text import canonical
from fsat_core.errors import LabelError
from fsat_core.files import source_name, write_atomically
from fsat_core.labels.decision import REMOVE, Decision, new_token
from fsat_core.labels.decision_files import check_decisions, format_decisions, new_decisions
from fsat_core.labels.label_files import read_csv, read_json
from fsat_core.labels.negatives import complete_labels, read_labels, written_labels
from fsat_core.labels.resolve import decisions_of, latest_verdicts
from fsat_core.text import counted, list_some

SUFFIXES = (".csv", ".json")
_SHOWN = 20
_COLUMNS = ["clip_id", "action", "labels", "denied", "previous_labels"]  # of what is imported


class UnknownNamesError(LabelError):
    """A file of labels has clips or classes that the data set does not have; the attributes list them."""

    def __init__(self, file: str, unknown_clips: tuple[str, ...], unknown_classes: tuple[str, ...]) -> None:
        self.unknown_clips, self.unknown_classes = unknown_clips, unknown_classes
        parts = [_count(unknown_clips, "clip"), _count(unknown_classes, "class")]
        super().__init__(
            f"{file} names {' and '.join(filter(None, parts))} that the data set does not have; expected its "
            "file names and classes (after a minus, too). Nothing was imported: correct them, or choose to "
            "skip these rows."
        )


@dataclass(frozen=True)
class LabelImport:
    """What a file of labels would change, and what it agrees with.

    Parameters
    ----------
    rows : pd.DataFrame
        Columns `clip_id, action` (`accept`, `relabel` or `remove`), `labels, denied, previous_labels`: the
        clips that change. From a file of decisions those that are new, with further fields of `Decision`.
    unknown_clips, unknown_classes : tuple of str
        Names that the data set does not have. Rows with one of them are not in `rows`.
    unchanged : int
        Clips that have these labels already, or decisions that are there.
    ambiguous : tuple of str
        Clips taken for a file name that other splits have too.
    warnings : tuple of str
        What was assumed to read the file, a line each.
    of_decisions : bool
        Whether the file has decisions, and not labels.
    agreeing : pd.DataFrame
        As `rows`: the clips of a file of labels that have these labels already.
    """

    rows: pd.DataFrame
    unknown_clips: tuple[str, ...]
    unknown_classes: tuple[str, ...]
    unchanged: int
    ambiguous: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    of_decisions: bool = False
    agreeing: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_COLUMNS, dtype="str"))

    def accepted(self, annotator: str, so_far: pd.DataFrame) -> pd.DataFrame:
        """Those of `agreeing` that are not this annotator's latest word on the clip yet.

        Parameters
        ----------
        annotator : str
        so_far : pd.DataFrame
            All decisions, as `LabelStore.decisions` returns them.
        """
        said = latest_verdicts(decisions_of(so_far, annotator))
        words = set(_words(said))
        return self.agreeing.loc[[word not in words for word in _words(self.agreeing)]]

    def decisions(self, annotator: str, so_far: pd.DataFrame | None = None) -> list[Decision]:
        """What is imported, as one batch, to be stored with `LabelStore.add_many` and undone together.

        Parameters
        ----------
        annotator : str
            Who decides so.
        so_far : pd.DataFrame, optional
            All decisions: then labels that clips have already are kept as accepted. Without it, changes only.
        """
        batch = new_token()
        usual = {"annotator": annotator, "batch": batch}
        if not self.of_decisions:  # which came up where they say, or nowhere
            usual["queue"] = "import"
        tables = [self.rows] if so_far is None else [self.rows, self.accepted(annotator, so_far)]
        return [Decision(**usual | _given(row)) for table in tables for row in table.to_dict("records")]


def _given(row: dict[str, Any]) -> dict[str, Any]:
    """The fields of a decision that a row has."""
    fields = {name: value for name, value in row.items() if value != "" and not pd.isna(value)}
    if "decided_at" in fields:
        fields["decided_at"] = fields["decided_at"].to_pydatetime()
    return fields


def export_labels(path: Path, resolved: pd.DataFrame, split: str | None = None) -> None:
    """Write labels to a file, whole or not at all; see `format_labels`.

    Raises
    ------
    LabelError
        If the suffix is neither .csv nor .json, or the file cannot be written.
    """
    write_export(path, format_labels(resolved, path.suffix, split))


def format_details(
    decisions: pd.DataFrame, resolved: pd.DataFrame, suffix: str, split: str | None = None
) -> str:
    """Every standing decision as a row of a file, in place of labels; see `format_decisions`.

    `resolved` and the other parameters are those of `format_labels`.
    """
    _check_suffix(f"*{suffix}", suffix)
    return format_decisions(decisions, _named(resolved, split).set_index("clip_id")["name"], suffix)


def write_export(path: Path, text: str) -> None:
    """Write the text of an export to a file, whole or not at all; a LabelError where that is not possible."""
    try:
        write_atomically(path, text)
    except OSError as error:
        raise LabelError(
            f"{path} cannot be written ({error.strerror or error}): expected a folder that can be. "
            "Choose another place."
        ) from error


def format_labels(resolved: pd.DataFrame, suffix: str, split: str | None = None) -> str:
    """Labels as the text of a file.

    Parameters
    ----------
    resolved : pd.DataFrame
        Columns `clip_id, labels, status, denied`, as `resolve` and `view_label_set` return them.
    suffix : str
        `.csv`: `fname,labels`, without the removed clips. `.json`: one object, in which removed clips have
        "remove". What is denied has a minus before it: "Howl,-Bark". Clips of which nothing is said are in
        neither.
    split : str, optional
        Only that split, every clip by its file name.

    Raises
    ------
    LabelError
        If the suffix is another one.
    """
    _check_suffix(f"*{suffix}", suffix)
    clips = _named(resolved, split)
    removed = clips["status"] == "removed"
    labels = written_labels(clips)
    if suffix.lower() == ".csv":
        kept = clips.assign(labels=labels)[~removed & (labels != "")]
        return format_csv(kept[["name", "labels"]].set_axis(["fname", "labels"], axis="columns"))
    labels = labels.mask(removed, REMOVE)
    values = {name: text for name, text in zip(clips["name"], labels, strict=True) if text}
    return json.dumps(values, indent=1, ensure_ascii=False) + "\n"


def read_import(
    source: Path | BinaryIO,
    resolved: pd.DataFrame,
    classes: Collection[str],
    split: str | None = None,
    skip_unknown: bool = False,
    known: Collection[str] = (),
) -> LabelImport:
    """What a file of labels would change; nothing is stored.

    Parameters
    ----------
    source : Path or binary file
        A CSV with `fname,labels`, in which a column `clip_id` wins over `fname`; or a JSON object from names
        to labels. In either, `remove` in place of labels removes a clip, and `-Bark` denies a class: alone,
        it leaves the clip's other labels as they are. Clips that the file does not name stay as they are, and
        so does what is denied of a clip, unless the file gives it that class.
    resolved : pd.DataFrame
        The labels that clips have now, as `resolve` returns them.
    classes : collection of str
        The classes of the data set.
    split : str, optional
        Look file names up in this split only.
    skip_unknown : bool
        Leave out rows with unknown names; otherwise the file is refused.
    known : collection of str
        Tokens of all decisions that are stored. A file as `format_decisions` writes it has a row for each
        decision; those whose token is known are not imported again, and the others keep who decided, when
        and from which queue.

    Raises
    ------
    UnknownNamesError
        If a clip or class is not known, unless those are skipped.
    LabelError
        If the file cannot be read, names a clip twice, has a row without labels, or one that says of a class
        both that it is there and that it is not.
    """
    file = source_name(source)
    suffix = Path(file).suffix
    _check_suffix(file, suffix)
    table, warning = read_csv(source, classes) if suffix.lower() == ".csv" else read_json(source)
    clips = _named(resolved, split)
    lookup = _lookup(clips)
    table["name"] = [_unmarked(name, lookup) for name in table["name"]]
    alike = match_names(table["name"], lookup).found
    table["clip_id"] = table["name"].map(lookup | {name: lookup[meant] for name, meant in alike.items()})
    of_decisions = "action" in table
    if of_decisions:
        table = check_decisions(file, table)
    else:
        _check_rows(file, table)
    table[["labels", "denied"]] = _read_negatives(file, table["labels"], classes)
    unknown = _unknown_classes(table["labels"], classes)
    faulty = table["clip_id"].isna() | table["labels"].isin(unknown)
    unknown_clips = tuple(table.loc[table["clip_id"].isna(), "name"])
    unknown_classes = tuple(sorted({name for names in unknown.values() for name in names}))
    if faulty.any() and not skip_unknown:
        raise UnknownNamesError(file, unknown_clips, unknown_classes)
    warnings = [warning, _describe_alike(file, alike)]
    if of_decisions:
        new = new_decisions(table[~faulty], known)
        told = tuple(filter(None, warnings))
        num_there = int((~faulty).sum()) - len(new)
        return LabelImport(new, unknown_clips, unknown_classes, num_there, (), told, of_decisions=True)
    named = table[~faulty].merge(clips.drop(columns="name"), on="clip_id", suffixes=("", "_now"))
    num_staying = int(((named["labels"] == "") & (named["status"] == "removed")).sum())
    named = _complete(named)
    now = canonical(named["labels_now"]).mask(named["status"] == "removed", REMOVE)
    changes = (named["labels"] != now) | (named["denied"] != named["denied_now"])
    agrees = ~changes & ((named["labels"] != "") | (named["denied"] != ""))
    doubled = clips.loc[clips["fname"].duplicated(keep=False), "fname"]
    return LabelImport(
        rows=_changes(named[changes]),
        unknown_clips=unknown_clips,
        unknown_classes=unknown_classes,
        unchanged=int((~changes).sum()),
        ambiguous=tuple(named.loc[named["name"].isin(doubled), "clip_id"]),
        warnings=tuple(filter(None, [*warnings, _describe_staying(num_staying)])),
        agreeing=_changes(named[agrees]),
    )


def _read_negatives(file: str, labels: pd.Series, classes: Collection[str]) -> pd.DataFrame:
    """The columns `labels` and `denied` that these texts mean."""
    try:
        read = {text: read_labels(text, classes) for text in labels.unique()}
    except LabelError as error:
        raise LabelError(f"{file}: {error}") from error
    rows = [read[text] for text in labels]
    return pd.DataFrame(rows, index=labels.index, columns=["labels", "denied"], dtype="str")


def _complete(rows: pd.DataFrame) -> pd.DataFrame:
    """What rows of a file mean for the clips as they are now: all labels, and all that is denied."""
    columns = rows[["labels", "denied", "labels_now", "denied_now"]].itertuples(index=False)
    said = [complete_labels(*row) for row in columns]
    complete = pd.DataFrame(said, index=rows.index, columns=["labels", "denied"], dtype="str").apply(
        canonical
    )
    # A denial alone does not bring a removed clip back.
    removed = (rows["labels"] == REMOVE) | ((rows["labels"] == "") & (rows["status"] == "removed"))
    return rows.assign(
        labels=complete["labels"].mask(removed, REMOVE), denied=complete["denied"].mask(removed, "")
    )


def _changes(rows: pd.DataFrame) -> pd.DataFrame:
    removed = rows["labels"] == REMOVE
    same = rows["labels"] == canonical(rows["labels_now"])
    changes = {
        "clip_id": rows["clip_id"],
        "action": pd.Series("relabel", rows.index).mask(same, "accept").mask(removed, "remove"),
        "labels": rows["labels"].mask(removed, ""),
        "denied": rows["denied"],
        "previous_labels": rows["labels_now"],
    }
    return pd.DataFrame(changes).reset_index(drop=True)


def _words(rows: pd.DataFrame) -> Iterator[tuple[str, bool, str, str]]:
    """What is said of each clip, in a form in which the same is equal."""
    removes = rows["action"] == REMOVE
    return zip(rows["clip_id"], removes, canonical(rows["labels"]), canonical(rows["denied"]), strict=True)


def _named(resolved: pd.DataFrame, split: str | None) -> pd.DataFrame:
    """Clips with the columns `fname` and `name`: the file name, or the clip_id where that is not enough."""
    parts = resolved["clip_id"].str.split("/", n=1, expand=True).reindex(columns=[0, 1])
    clips = resolved[["clip_id", "labels", "status", "denied"]].assign(split=parts[0], fname=parts[1])
    if split is not None:
        clips = clips[clips["split"] == split]
    ranked = clips.sort_values("split", key=lambda column: column.map(SPLITS.index), kind="stable")
    means_another = ranked["fname"].duplicated().reindex(clips.index)
    return clips.assign(name=clips["fname"].mask(means_another, clips["clip_id"])).drop(columns="split")


def _lookup(clips: pd.DataFrame) -> dict[str, str]:
    ids = clips["clip_id"].tolist()
    return dict(zip(ids, ids, strict=True)) | dict(zip(clips["name"], ids, strict=True))


def _describe_alike(file: str, alike: Mapping[str, str]) -> str:
    """A line about names that were taken for those of clips although they are written differently."""
    if not alike:
        return ""
    shown = list_some([f"'{name}' for '{meant}'" for name, meant in sorted(alike.items())], 3)
    return f"{file} writes {counted(len(alike), 'name')} in another way than the data set: {shown}."


def _describe_staying(num_staying: int) -> str:
    if not num_staying:
        return ""
    verb = "stays" if num_staying == 1 else "stay"
    return f"{counted(num_staying, 'clip')} {verb} removed, though classes of it are denied: give labels."


def _unmarked(name: str, lookup: Collection[str]) -> str:
    """A clip's name without the mark that our own export puts before what would be a formula."""
    return name if name in lookup or unmark_formula(name) not in lookup else unmark_formula(name)


def _check_rows(file: str, table: pd.DataFrame) -> None:
    empty = table.loc[table["labels"] == "", "name"]
    if len(empty):
        raise LabelError(
            f"{file} has no labels for {counted(len(empty), 'clip')}, the first is '{empty.iloc[0]}'"
            f"{_line(empty)}: expected class names joined by commas, or remove. Fill them in, or delete "
            "these rows."
        )
    doubled = table.loc[table["clip_id"].notna() & table["clip_id"].duplicated(), "clip_id"]
    if len(doubled):
        raise LabelError(
            f"{file} names {counted(len(doubled), 'clip')} twice, the first is '{doubled.iloc[0]}'"
            f"{_line(doubled)}: expected one row per clip. Remove the doubled rows."
        )


def _line(rows: pd.Series) -> str:
    """Where the first of some rows is, if they come from a table."""
    return f" in line {rows.index[0]}" if rows.index.name == "line" else ""


def _unknown_classes(labels: pd.Series, classes: Collection[str]) -> dict[str, list[str]]:
    """Each text of labels that has unknown classes, with these."""
    found = {text: sorted({*split_labels(text)} - {*classes}) for text in labels.unique() if text != REMOVE}
    return {text: names for text, names in found.items() if names}


def _count(names: Sequence[str], kind: str) -> str:
    if not names:
        return ""
    shown = list_some([f"'{name}'" for name in names], _SHOWN)
    return f"{counted(len(names), f'unknown {kind}')} ({shown})"


def _check_suffix(file: str, suffix: str) -> None:
    if suffix.lower() not in SUFFIXES:
        raise LabelError(f"File '{file}': expected a name that ends in .csv or .json. Rename it.")

"""The rule by which decisions become the labels of clips."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import take

from fsat_core.dataset.label_text import canonical
from fsat_core.errors import LabelError


@dataclass(frozen=True)
class LatestRule:
    """The latest standing decision counts: of one annotator, or of anybody.

    The latest verdict of an `adjudicator`, if there is one, wins over it.
    """

    annotator: str | None = None
    adjudicator: str | None = None


@dataclass(frozen=True)
class AgreementRule:
    """The verdict that at least `num` annotators share counts, by the latest standing decision of each.

    Until then the source labels stay, and also where two verdicts have `num` annotators each. The latest
    verdict of an `adjudicator`, if there is one, wins over it.
    """

    num: int
    adjudicator: str | None = None

    def __post_init__(self) -> None:
        if self.num < 1:
            raise LabelError(f"Agreement of {self.num} annotators: expected at least 1. Raise the number.")


NO_LABEL = ","  # the verdict of a clip that has no label and is not removed; no class has that name
Rule = LatestRule | AgreementRule
_RULES: dict[str, type[Rule]] = {"latest": LatestRule, "agreement": AgreementRule}  # the names on disk


def rule_to_json(rule: Rule) -> dict[str, Any]:
    """A rule as a JSON object: `{"rule": "agreement", "num": 2, "adjudicator": null}`."""
    name = next(name for name, kind in _RULES.items() if isinstance(rule, kind))
    return {"rule": name, **asdict(rule)}


def rule_from_json(value: dict[str, Any]) -> Rule:
    """The rule that `rule_to_json` wrote.

    Raises
    ------
    LabelError
        If there is no such rule.
    """
    fields = dict(value)
    try:
        return _RULES[fields.pop("rule")](**fields)
    except (KeyError, TypeError) as error:
        raise LabelError(
            f'Rule {value}: expected one of {", ".join(_RULES)}, such as {{"rule": "agreement", "num": 2}}. '
            "Choose one of these."
        ) from error


def describe_rule(rule: Rule) -> str:
    """A rule in a few words."""
    words = "Latest decision" if isinstance(rule, LatestRule) else f"Agreement of {rule.num}"
    return f"{words}, adjudicated by {rule.adjudicator}" if rule.adjudicator else words


def resolve(decisions: pd.DataFrame, source_labels: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """What the labels of each clip are, by a rule.

    A decision stands unless it has been taken back. Accepted and given labels and `remove` are verdicts; two
    verdicts are the same if they name the same classes, in whatever order. `unsure` is none: it changes no
    labels, and in an agreement it takes the annotator's vote away. What a verdict denies goes with it; in an
    agreement so many of those who share it have to deny a class.

    Parameters
    ----------
    decisions : pd.DataFrame
        As `LabelStore.decisions` returns it. Those on clips that `source_labels` does not have are ignored.
    source_labels : pd.DataFrame
        Columns `clip_id, labels`, one row per clip: the catalogue.
    rule : LatestRule or AgreementRule
        Which verdict counts.

    Returns
    -------
    pd.DataFrame
        One row per row of `source_labels`, in its order, with the columns

        - `clip_id, labels`: "" for a removed clip, and where all that it had is denied;
        - `status`: `removed`; `disputed`, verdicts differ and none counts; `unsure`, that is the last word
          and no verdict came after it; `relabelled` or `accepted`, the verdict that counts has other labels
          than the source or the same; `untouched`, no verdict counts, or not yet;
        - `annotators`: those whose decisions count here, joined by ", ";
        - `decided_at`: when the last of these was made (UTC), NaT if there is none;
        - `denied`: classes that the clip certainly does not have.
    """
    known = standing(decisions)
    known = known[known["clip_id"].isin(source_labels["clip_id"])]
    return _describe(source_labels[["clip_id", "labels"]].reset_index(drop=True), _settle(known, rule))


def decisions_of(decisions: pd.DataFrame, annotator: str) -> pd.DataFrame:
    """What one annotator decided, and what takes it back: that can be an owner's doing."""
    own = decisions["annotator"] == annotator
    return decisions[own | decisions["undoes"].isin(decisions.loc[own, "id"])]


def standing(decisions: pd.DataFrame) -> pd.DataFrame:
    """The decisions that have not been taken back, oldest first, with their `verdict`.

    That is the labels in canonical form, `NO_LABEL` where all that there were are denied, "" for `remove`,
    and without meaning for `unsure`.
    """
    taken_back = decisions["id"].isin(decisions["undoes"].dropna())
    rows = decisions[(decisions["action"] != "undo") & ~taken_back].sort_values("id")
    has_none = (rows["labels"] == "") & rows["action"].isin(["accept", "relabel"])
    return rows.assign(verdict=canonical(rows["labels"]).mask(has_none, NO_LABEL))


def latest_verdicts(decisions: pd.DataFrame) -> pd.DataFrame:
    """The latest standing decision of each annotator on each clip, where that is a verdict."""
    rows = standing(decisions).drop_duplicates(["clip_id", "annotator"], keep="last")
    return rows[rows["action"] != "unsure"]


def _settle(rows: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """One row per clip that anybody decided on: `verdict` (missing if none counts) and what goes with it."""
    if isinstance(rule, AgreementRule):
        settled = _agreed(rows, rule.num)
    else:
        settled = _latest(rows if rule.annotator is None else rows[rows["annotator"] == rule.annotator])
    if rule.adjudicator is None:
        return settled
    words = rows[rows["annotator"] == rule.adjudicator].drop_duplicates("clip_id", keep="last")
    words = _latest(words[words["action"] != "unsure"])
    return pd.concat([words, settled[~settled.index.isin(words.index)]])


def _latest(rows: pd.DataFrame) -> pd.DataFrame:
    # By dictionaries, which for a few clips are much faster than grouping and joining.
    clip_ids = rows["clip_id"].tolist()
    is_verdict = (rows["action"] != "unsure").tolist()
    last = dict(zip(clip_ids, range(len(rows)), strict=True))
    of_verdict = {clip_id: at for at, clip_id in enumerate(clip_ids) if is_verdict[at]}
    verdicts = [of_verdict.get(clip_id, -1) for clip_id in last]
    final = rows.iloc[list(last.values())]
    return pd.DataFrame(
        {
            "verdict": take(rows["verdict"].array, verdicts, allow_fill=True),
            "denied": take(rows["denied"].array, verdicts, allow_fill=True),
            "unsure": (final["action"] == "unsure").array,
            "disputed": False,
            "annotators": final["annotator"].array,
            "decided_at": final["created_at"].array,
        },
        index=pd.Index(list(last), dtype="str", name="clip_id"),
    )


def _agreed(rows: pd.DataFrame, num: int) -> pd.DataFrame:
    last = rows.drop_duplicates(["clip_id", "annotator"], keep="last")
    votes = last[last["action"] != "unsure"]
    tally = votes.groupby(["clip_id", "verdict"], sort=False).size().reset_index(name="num")
    enough = tally[tally["num"] >= num].drop_duplicates("clip_id", keep=False)
    winners = enough.set_index("clip_id")["verdict"]
    winner = last["clip_id"].map(winners)
    part = last[winner.isna() | ((last["verdict"] == winner) & (last["action"] != "unsure"))]
    by_clip = part.groupby("clip_id", sort=False)
    clips = by_clip["created_at"].last()
    num_verdicts = tally.groupby("clip_id").size().reindex(clips.index, fill_value=0)
    return pd.DataFrame(
        {
            "verdict": winners.reindex(clips.index),
            "denied": _denied_by(part[part["clip_id"].isin(winners.index)], num).reindex(clips.index),
            "unsure": (part["action"] == "unsure").groupby(part["clip_id"], sort=False).any(),
            "disputed": (num_verdicts > 1) & ~clips.index.isin(winners.index),
            "annotators": join_names(part),
            "decided_at": clips,
        }
    )


def _denied_by(votes: pd.DataFrame, num: int) -> pd.Series:
    """The classes of each clip that at least `num` of these votes deny."""
    named = votes[votes["denied"] != ""].set_index("clip_id")["denied"].str.split(",").explode()
    counts = named.groupby([named.index, named]).size()
    names: dict[str, list[str]] = {}
    for clip_id, name in counts[counts >= num].index:
        names.setdefault(clip_id, []).append(name)
    return pd.Series({clip_id: ",".join(denied) for clip_id, denied in names.items()}, dtype="str")


def join_names(rows: pd.DataFrame) -> pd.Series:
    """The annotators of decisions on each clip, joined by ", "."""
    names: dict[str, list[str]] = {}  # much faster than a function on each group
    for clip_id, name in zip(rows["clip_id"], rows["annotator"], strict=True):
        names.setdefault(clip_id, []).append(name)
    return pd.Series({clip_id: ", ".join(sorted(who)) for clip_id, who in names.items()}, dtype="str")


def _describe(source: pd.DataFrame, settled: pd.DataFrame) -> pd.DataFrame:
    found = settled.reindex(source["clip_id"]).reset_index(drop=True)
    counts = found["verdict"].notna()
    has_none = found["verdict"] == NO_LABEL
    differs = counts & (found["verdict"].mask(has_none, "") != canonical(source["labels"]))
    status = np.select(
        [
            counts & (found["verdict"] == ""),
            found["disputed"].eq(True),
            found["unsure"].eq(True),
            differs,
            counts,
        ],
        ["removed", "disputed", "unsure", "relabelled", "accepted"],
        default="untouched",
    )
    return pd.DataFrame(
        {
            "clip_id": source["clip_id"],
            "labels": source["labels"].mask(differs, found["verdict"].mask(has_none, "")),
            "status": pd.Series(status, dtype="str"),
            "annotators": found["annotators"].fillna(""),
            "decided_at": found["decided_at"],
            "denied": canonical(found["denied"].fillna("")),
        }
    )

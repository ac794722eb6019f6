"""The orders that need no run: each takes a `QueueRequest` and returns the columns `clip_id, reason`."""

import numpy as np
import pandas as pd

from fsat_core.dataset.label_text import canonical
from fsat_core.dataset.lengths import LONG_S, SHORT_S, abnormal_lengths
from fsat_core.errors import LabelError
from fsat_core.labels.agreement import disputes
from fsat_core.labels.decision import REMOVE
from fsat_core.labels.queues.request import QueueRequest
from fsat_core.labels.resolve import LatestRule, latest_verdicts
from fsat_core.labels.truth import decided
from fsat_core.text import list_some

_MUCH_SILENCE = 0.5


def abnormal_length(request: QueueRequest) -> pd.DataFrame:
    clips = request.clips[["clip_id", "num_frames", "duration_s"]]
    clips = clips.join(abnormal_lengths(request.clips, LONG_S, SHORT_S))
    long = clips[clips["long"]].sort_values("duration_s", ascending=False, kind="stable")
    short = clips[clips["short"]].sort_values("duration_s", kind="stable")
    same = clips[(clips["num_same"] > 0) & ~clips["long"] & ~clips["short"]]
    same = same.sort_values(["num_same", "num_frames", "clip_id"], ascending=[False, True, True])
    return pd.concat(
        [
            _order(long, [f"very long: {seconds:.1f} s" for seconds in long["duration_s"]]),
            _order(short, [f"very short: {seconds:.2f} s" for seconds in short["duration_s"]]),
            _order(
                same,
                [
                    f"{num} clips of exactly {frames:,} frames"
                    for num, frames in zip(same["num_same"], same["num_frames"], strict=True)
                ],
            ),
        ]
    )


def noisy(request: QueueRequest) -> pd.DataFrame:
    clips = request.clips[request.clips["split"] == "noisy"]
    return _order(clips, [""] * len(clips))


def silence(request: QueueRequest) -> pd.DataFrame:
    clips = request.clips[request.clips["silence_ratio"] >= _MUCH_SILENCE]
    clips = clips.sort_values("silence_ratio", ascending=False, kind="stable")
    return _order(clips, [f"{ratio:.0%} silence" for ratio in clips["silence_ratio"]])


def clipping(request: QueueRequest) -> pd.DataFrame:
    clips = request.clips[request.clips["clipping_ratio"] > 0]
    clips = clips.sort_values("clipping_ratio", ascending=False, kind="stable")
    return _order(clips, [f"{ratio:.2%} of samples clipped" for ratio in clips["clipping_ratio"]])


def duplicates(request: QueueRequest) -> pd.DataFrame:
    clips = request.clips[request.clips["content_hash"] != ""]
    clips = clips[clips["content_hash"].duplicated(keep=False)]
    verdicts = canonical(clips["labels"])
    known = verdicts.where(verdicts != "")  # a clip without labels contradicts none
    differ = known.groupby(clips["content_hash"]).transform("nunique") > 1
    clips = clips.assign(alike=~differ).sort_values(["alike", "content_hash", "clip_id"])
    groups = clips.groupby("content_hash")
    names = {
        sound: [f"{clip_id} ({labels or 'no label'})" for clip_id, labels in rows.itertuples(index=False)]
        for sound, rows in groups[["clip_id", "labels"]]
    }
    place = groups.cumcount()
    reasons = [
        f"same sound as {list_some([*names[sound][:at], *names[sound][at + 1 :]], 2)}"
        for sound, at in zip(clips["content_hash"], place, strict=True)
    ]
    return _order(clips, reasons)


def disputed(request: QueueRequest) -> pd.DataFrame:
    table = disputes(request.decisions)
    verdicts = latest_verdicts(request.decisions)
    settled = verdicts.loc[verdicts["annotator"] == request.rule.adjudicator, "clip_id"]
    table = table[table["clip_id"].isin(request.clips["clip_id"]) & ~table["clip_id"].isin(settled)]
    said = table["annotator"] + ": " + table["labels"].where(table["action"] != REMOVE, REMOVE)
    by_clip = table.assign(said=said).groupby("clip_id", as_index=False)
    clips = by_clip.agg(reason=("said", "; ".join), latest=("decided_at", "max"))
    clips = clips.sort_values("latest", ascending=False, kind="stable")
    return _order(clips, clips["reason"].tolist())


def decided_before(request: QueueRequest) -> pd.DataFrame:
    wanted, decisions = request.decided, request.decisions
    tables = request.clips.assign(labels=request.clips["labels_of_tables"])
    chosen = decided(decisions, tables, LatestRule(wanted.by))
    chosen = chosen[chosen["decided_at"].notna()].sort_values("decided_at", ascending=False, kind="stable")
    if wanted.status:
        chosen = chosen[chosen["status"].isin(wanted.status)]
    if wanted.since is not None:
        chosen = chosen[chosen["decided_at"] >= pd.Timestamp(wanted.since, tz="UTC")]
    return _order(
        chosen,
        [
            f"{status} by {who}, {when:%d %b %Y}"
            for status, who, when in chosen[["status", "decided_by", "decided_at"]].itertuples(index=False)
        ],
    )


def shuffled(request: QueueRequest) -> pd.DataFrame:
    # Sorted first: the same seed gives the same order however the catalogue is sorted.
    clips = request.clips[request.clips["labels"] != ""].sort_values("clip_id")
    clips = clips.iloc[np.random.default_rng(request.seed).permutation(len(clips))]
    return _order(clips, [""] * len(clips))


def as_given(request: QueueRequest) -> pd.DataFrame:
    clip_ids = list(dict.fromkeys(request.clip_ids))
    known = set(request.clips["clip_id"])
    if unknown := [clip_id for clip_id in clip_ids if clip_id not in known]:
        raise LabelError(
            f"{len(unknown)} of {len(clip_ids)} clips are not in the data set, the first is '{unknown[0]}': "
            "expected clips of the catalogue, such as 'curated/0006ae4e.wav'. Choose them again."
        )
    return _order(pd.DataFrame({"clip_id": clip_ids}), [""] * len(clip_ids))


def _order(clips: pd.DataFrame, reasons: list[str]) -> pd.DataFrame:
    table = pd.DataFrame({"clip_id": clips["clip_id"].to_numpy(), "reason": reasons})
    return table.astype({"clip_id": "str", "reason": "str"})

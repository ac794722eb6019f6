"""A button that takes networks away: one ZIP that answers without this program."""

from collections.abc import Sequence

import streamlit as st

from fsat_core.embedding import YAMNET
from fsat_core.errors import LabelError
from fsat_core.labels.makers import describe_label_sets
from fsat_core.report.bundle import bundle_runs
from fsat_core.runs import Run
from ui.shared import access, state
from ui.shared.label_store import label_store


def offer_bundle(runs: Sequence[Run]) -> None:
    """The button for finished runs together; nothing where one is not finished or has no graph."""
    if not all(run.state == "finished" and (run.path / "members.onnx").is_file() for run in runs):
        return
    cache_dir = state.settings().cache_dir
    is_deaf = any(run.feature_spec.kind == "embedding" for run in runs) and not YAMNET.is_here(cache_dir)
    label_sets = _describe_label_sets(runs)
    what = "The geometric mean of these runs" if len(runs) > 1 else "The networks"
    st.download_button(
        "Take away",
        access.guarded(
            "train",
            lambda: bundle_runs([Run(run.path) for run in runs], cache_dir, label_sets),
            "take networks away",
            " ".join(run.run_id for run in runs),
        ),
        file_name=f"{runs[0].run_id if len(runs) == 1 else 'ensemble'}.zip",
        mime="application/zip",
        icon=":material/package_2:",
        on_click="ignore",
        disabled=is_deaf or not access.may("train"),
        key=f"bundle-{' '.join(run.run_id for run in runs)}",
        help="Needs YAMNet, which is not on this machine: `fsat pretrained` brings it."
        if is_deaf
        else access.hint(
            "train",
            f"{what} as one ZIP, with a model card and a script that needs nothing of this program",
        ),
    )


def _describe_label_sets(runs: Sequence[Run]) -> dict[str, str]:
    """Who made the label sets of runs, for their card; nothing where the label database cannot say."""
    names = {run.config.label_set for run in runs} - {""}
    try:
        return describe_label_sets(label_store(), names) if names else {}
    except LabelError:
        return {}

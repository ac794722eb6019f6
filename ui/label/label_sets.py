"""Label sets on the page Label: keep all labels under a name, list what there is, and compare two."""

import pandas as pd
import streamlit as st

from fsat_core.errors import FsatError
from fsat_core.labels import (
    AgreementRule,
    LabelSet,
    LatestRule,
    Rule,
    create_label_set,
    describe_rule,
    diff_label_sets,
    list_label_sets,
    load_label_set,
    resolve,
)
from ui.shared import access, state
from ui.shared.label_store import all_decisions, label_store
from ui.shared.links import LABEL_SET, TRAIN_PAGE, set_query
from ui.shared.texts import explain, plain, show_error
from ui.shared.truth import forget_label_sets

_FEW = 6  # up to this many rows a table needs no scroll bar
_MADE = "label_set_made"
_CHOSEN = "label_set_after"
_SOURCE = "The set's own labels"
_RULES = {"latest": "The latest decision", "agreement": "What several agree on"}


def show_label_sets() -> None:
    """A form for a new label set, and the ones that there are."""
    known = {kept.name: kept for kept in list_label_sets(label_store())}
    _show_form(known)
    if not known:
        st.caption("No label set yet. A training run pins one, so that it is known what it was trained on.")
        return
    _show_table(list(known.values()))
    _show_changes(known)


def _show_form(known: dict[str, LabelSet]) -> None:
    # Not a form: which fields there are depends on the rule.
    with st.grid(3, min_column_width=180):
        name = st.text_input("Name", key="label_set_name", placeholder="second-pass", max_chars=64)
        parent = st.selectbox(
            "Corrects", list(known)[::-1], index=None, placeholder=_SOURCE, key="label_set_parent"
        )
        rule = _choose_rule()
    st.button(
        "Make a label set",
        icon=":material/bookmark_add:",
        disabled=not name,
        on_click=lambda: _make(name, rule, parent),
        key="label_set_make",
    )
    if _MADE in st.session_state:
        message, good = st.session_state.pop(_MADE)
        if good:
            st.success(explain(message))
        else:
            show_error(message)


def _choose_rule() -> Rule:
    kind = st.selectbox("What counts", list(_RULES), format_func=_RULES.__getitem__, key="label_set_rule")
    adjudicator = st.selectbox(
        "Adjudicator",
        sorted(all_decisions()["annotator"].unique()),
        index=None,
        placeholder="Nobody",
        key="label_set_adjudicator",
        help="Whose word counts before all others.",
    )
    if kind == "latest":
        return LatestRule(adjudicator=adjudicator)
    num = st.number_input("How many", 1, 20, 2, key="label_set_num")
    return AgreementRule(int(num), adjudicator)


@access.needs("label")
def _make(name: str, rule: Rule, parent: str | None) -> None:
    try:
        resolved = resolve(all_decisions(), state.catalogue().frame(["clip_id", "labels"]), rule)
        made = create_label_set(label_store(), name, resolved, rule=rule, parent=parent)
        forget_label_sets()
    except FsatError as error:
        st.session_state[_MADE] = str(error), False
        return
    if made.name == name:
        message = f"Label set '{name}' holds the labels of {made.num_clips:,} clips. Train can use it now."
    else:
        message = f"Label set '{made.name}' has these same labels already, so none was made."
    st.session_state[_MADE] = message, True
    st.session_state[_CHOSEN] = made.name


def _show_table(sets: list[LabelSet]) -> None:
    table = pd.DataFrame(
        {
            "Name": [kept.name for kept in sets],
            "Made": [kept.created_at for kept in sets],
            "Clips": [kept.num_clips for kept in sets],
            "Rule": [describe_rule(kept.rule) for kept in sets],
            "Corrects": [kept.parent or _SOURCE for kept in sets],
            "SHA-256": [kept.sha256[:12] for kept in sets],
        }
    ).iloc[::-1]
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config={
            "Made": st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm"),
            "Clips": st.column_config.NumberColumn(format="localized"),
        },
        alt="All label sets",
    )


def _show_changes(known: dict[str, LabelSet]) -> None:
    names = [*known][::-1]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        after = st.selectbox("What changed in", names, key=_CHOSEN, width=220)
        others = [_SOURCE, *(name for name in names if name != after)]
        parent = known[after].parent or _SOURCE
        before = st.selectbox(
            "Since", others, index=others.index(parent), key=f"label_set_before_{after}", width=220
        )
        if st.button("Train on it", type="primary", icon=":material/model_training:", key="label_set_train"):
            st.switch_page(TRAIN_PAGE, query_params={LABEL_SET: after, **set_query()})
    changes = diff_label_sets(_labels(before), load_label_set(label_store(), after))
    counts = changes["change"].value_counts()
    st.caption(plain(", ".join(f"{counts[what]:,} {what}" for what in counts.index) or "No label differs."))
    if len(changes):
        table = changes.rename(
            columns={"clip_id": "Clip", "labels_a": "Before", "labels_b": "After", "change": "Change"}
        )
        st.dataframe(
            table,
            hide_index=True,
            height="content" if len(table) <= _FEW else 240,
            alt="Clips whose labels differ between the two sets",
        )


def _labels(name: str) -> pd.DataFrame:
    if name != _SOURCE:
        return load_label_set(label_store(), name)
    return state.catalogue().filter("labels <> ''").frame(["clip_id", "labels"])

"""Several runs together on a page: what each combination is worth, which runs help, and the submission."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from fsat_core.errors import FsatError
from fsat_core.evaluation import Scores
from fsat_core.prediction.choice import best_runs
from fsat_core.prediction.together import METHODS, Method
from fsat_core.runs import Run
from ui.evaluate import ensemble_results as results
from ui.evaluate.results import explain_missing
from ui.evaluate.truth import Truth, test_scores
from ui.shared import access, state
from ui.shared.bundles import offer_bundle
from ui.shared.texts import explain, plain, show_error

RUNS = "ensemble"  # the chosen runs: a key of the session and, bound to it, a query parameter
_METHOD = "ensemble_method"
_PRETRAINED = "submit_pretrained"
_NAMES: dict[Method, str] = {
    "geometric": "Geometric mean",
    "arithmetic": "Arithmetic mean",
    "weighted": "Weighted mean",
    "ridge": "Ridge regression",
}
_HELP: dict[Method, str] = {
    "geometric": "A confident no of one run weighs more.",
    "arithmetic": "Every run weighs the same.",
    "weighted": "The geometric mean, with a weight for each run: one that is surer than it is right counts "
    "less. Each clip is judged by weights learned on the other folds.",
    "ridge": "Learns from all classes of all runs at once, and so from what occurs together. "
    "Each clip is judged by a fit on the other folds.",
}
_FEW = 3
_SAME = 0.0005  # smaller differences do not show in three digits


def show_ensemble(run: Run, other: Run | None, finished: Mapping[str, Run], truth: Truth | None) -> None:
    """Choose runs and a combination; see what it is worth, and download what it says of the test clips.

    `truth` are the labels of the test clips, where they are known.
    """
    _fill_choice(run, other, finished)
    chosen = st.multiselect(
        "Runs",
        list(finished),
        key=RUNS,
        bind="query-params",
        help="At first, the runs above and the best one of each network.",
    )
    runs = [finished[run_id] for run_id in chosen]
    if len(runs) < 2:
        hint = " Only one has finished so far." if len(finished) == 1 else ""
        st.info(f"Choose at least two runs to see what they are worth together.{hint}", icon=":material/hub:")
        if runs:
            _offer_submission(runs, "geometric")
        return
    try:
        methods = _show_methods(runs)
        if truth is not None:
            _show_test(runs, list(methods), truth)
        method = st.segmented_control(
            "Combination",
            list(methods),
            default="geometric",
            required=True,
            format_func=_NAMES.__getitem__,
            key=_METHOD,
            bind="query-params",
        )
        _show_members(runs, method)
    except FsatError as error:
        show_error(error, ":material/broken_image:")
        return
    _offer_submission(runs, method)
    offer_bundle(runs)


def _fill_choice(run: Run, other: Run | None, finished: Mapping[str, Run]) -> None:
    """Fill in the runs: those that were chosen or the address asks for, else good ones."""
    asked = st.session_state.get(RUNS)
    if asked is None:
        asked = st.query_params.get_all(RUNS)
        for run_id in set(asked) - set(finished):
            explain_missing(run_id, RUNS)
    known = [run_id for run_id in asked if run_id in finished]
    if RUNS not in st.session_state and not known:
        known = _first_choice(run, other, finished)
    st.session_state[RUNS] = known


def _first_choice(run: Run, other: Run | None, finished: Mapping[str, Run]) -> list[str]:
    """The runs in view and the best one of each network, or a few that are like the only one of these."""
    first = [run, *([other] if other else []), *best_runs(list(finished.values()), state.dataset().root)]
    ids = list(dict.fromkeys(each.run_id for each in first))
    return ids if len(ids) > 1 else [*ids, *_alike(run, finished)][:_FEW]


def _alike(run: Run, finished: Mapping[str, Run]) -> list[str]:
    """Other runs of the same task and splits, newest first."""
    wanted = run.config.task, run.config.splits
    return [
        run_id
        for run_id, other in finished.items()
        if run_id != run.run_id and (other.config.task, other.config.splits) == wanted
    ]


def _show_methods(runs: Sequence[Run]) -> dict[Method, Scores]:
    """Scores of each combination beside the best single run, and which one pays."""
    scores: dict[Method, Scores] = {"geometric": results.combined(runs, "geometric")}
    failure = ""
    for method in METHODS[1:]:
        try:
            scores[method] = results.combined(runs, method)
        except FsatError as error:  # only what is learned can fail here; means always work
            failure = str(error)
    best = max(each.lwlrap for each in results.alone(runs))
    with st.grid(4, min_column_width=150):
        for method, own in scores.items():
            st.metric(
                _NAMES[method],
                f"{own.lwlrap:.3f}",
                f"{own.lwlrap - best:+.3f}",
                border=True,
                height="stretch",
                help=_HELP[method],
            )
    _show_basis(runs, scores["geometric"].num_clips, best)
    if failure:
        st.warning(explain(failure), icon=":material/function:")
    st.markdown(_name_best({method: own.lwlrap for method, own in scores.items()}, best))
    return scores


def _show_basis(runs: Sequence[Run], num_clips: int, best: float) -> None:
    """On which clips, classes and labels the runs are combined, and how good the best one is alone."""
    these = "both" if len(runs) == 2 else f"all {len(runs)}"
    text = (
        f"Out-of-fold lwlrap, and its change from {best:.3f}, the best run alone, over the {num_clips:,} "
        f"clips of {these} runs."
    )
    if len({frozenset(run.classes) for run in runs}) > 1:
        text += " A class that a run does not know is decided by the others, and is its least likely alone."
    if len({run.config.task for run in runs}) > 1:
        text += (
            " Runs of single and of several labels are mixed: together they rank the classes, and their "
            "values do not sum to 1."
        )
    if num_other := results.num_relabelled(runs):
        text += (
            f" {num_other:,} of the clips {'has' if num_other == 1 else 'have'} other labels in what some of "
            "these runs were trained on: all are judged by the same here."
        )
    st.caption(text)


def _show_test(runs: Sequence[Run], methods: Sequence[Method], truth: Truth) -> None:
    """lwlrap on the test clips of each run and each combination, Public and Private apart."""
    rows: dict[str, dict[str, Scores]] = {}
    failures = []
    for run in runs:
        try:
            rows[run.run_id] = test_scores(run, truth)
        except FsatError as error:
            failures.append(str(error))
    for method in methods:
        try:
            rows[_NAMES[method]] = results.combined_test(runs, method, truth)
        except FsatError as error:
            failures.append(str(error))
    if rows:
        st.header("lwlrap on the test clips", anchor=False)
        st.table(
            _test_table(rows),
            border="horizontal",
            alt="lwlrap on the test clips of each run alone and of each combination",
        )
    for failure in dict.fromkeys(failures):
        st.caption(f":material/info: {explain(failure)}")


def _test_table(rows: Mapping[str, Mapping[str, Scores]]) -> pd.DataFrame:
    """lwlrap for reading: a row for each run and combination, a column for each part of the test clips."""
    parts = next(iter(rows.values()))
    names = [f"{plain(name.capitalize())} ({part.num_clips:,} clips)" for name, part in parts.items()]
    cells = {
        plain(row): [f"{scores[name].lwlrap:.3f}" if name in scores else "-" for name in parts]
        for row, scores in rows.items()
    }
    return pd.DataFrame.from_dict(cells, orient="index", columns=names)


def _name_best(lwlraps: Mapping[Method, float], alone: float) -> str:
    """Which combination is best, and whether it is worth it, in a sentence."""
    best = max(lwlraps, key=lambda method: lwlraps[method])
    gain = lwlraps[best] - lwlraps["geometric"]
    if lwlraps[best] < alone + _SAME:
        return ":material/trending_flat: **No** combination beats the best run alone."
    if gain < _SAME:
        return ":material/trending_up: **No** combination beats the geometric mean."
    return f":material/trending_up: {_NAMES[best]} is best: **{gain:.3f}** lwlrap above the geometric mean."


def _show_members(runs: Sequence[Run], method: Method) -> None:
    """A row per run: what it is worth alone, and what it adds to the others."""
    without = results.left_out(runs, method)
    table = pd.DataFrame(
        {
            "Run": [run.run_id for run in runs],
            "It adds": -without["change"].to_numpy(),
            **({"Weight": results.weights(runs)} if method == "weighted" else {}),
            "Alone": [each.lwlrap for each in results.alone(runs)],
            "Without it": without["lwlrap_without"].to_numpy(),
            "Recipe": [run.config.recipe for run in runs],
        }
    )
    st.dataframe(
        table.sort_values("It adds", ascending=False),
        hide_index=True,
        height="content",
        column_config={
            "Weight": st.column_config.NumberColumn(format="%.2f", help="How much it counts in the mean"),
            "Alone": st.column_config.NumberColumn(format="%.3f", help="Its own lwlrap, out of fold"),
            "Without it": st.column_config.NumberColumn(format="%.3f", help="lwlrap of the others together"),
            "It adds": st.column_config.NumberColumn(
                format="%+.3f", help="lwlrap of all, less that of the others: below 0, leave the run out"
            ),
        },
        alt="Each run of the ensemble: its lwlrap alone, that of the others without it, and what it adds",
    )
    useless = table.loc[table["It adds"] < -_SAME, "Run"].tolist()
    if useless:
        st.caption(f":material/info: Better without {plain(_join(useless))}, in this combination.")
    else:
        st.caption("Every run helps, or at least does no harm, in this combination.")


def _join(names: Sequence[str]) -> str:
    return " or ".join(names)


def _offer_submission(runs: Sequence[Run], method: Method) -> None:
    """Buttons for the two forms of the submission, below what the user should know of them."""
    with_pretrained = any(run.config.pretrained_on for run in runs) and st.checkbox(
        "Pretrained networks, too",
        key=_PRETRAINED,
        bind="query-params",
        help="The competition allowed none, so the submission leaves them out.",
    )
    try:
        full, report = results.submission(runs, state.dataset(), method, with_pretrained)
    except FsatError as error:
        st.info(f"No submission: {explain(error)}", icon=":material/upload_file:")
        return
    for line in report.warnings:
        st.warning(explain(line), icon=":material/warning:")
    num_runs = sum(with_pretrained or not run.config.pretrained_on for run in runs)
    top_3 = results.top_3(runs, state.dataset(), method, with_pretrained)
    whose_runs = " ".join(run.run_id for run in runs)
    whose = f"{_NAMES[method].lower()} of {num_runs} runs" if num_runs > 1 else "those of one run alone"
    with st.container(horizontal=True):
        st.download_button(
            "Download submission.csv",
            access.guarded("look", lambda: full, "export a submission", whose_runs),
            "submission.csv",
            "text/csv",
            type="primary",
            icon=":material/download:",
            on_click="ignore",
            help=f"A probability per class for each of the {report.num_rows:,} test clips: {whose}.",
        )
        st.download_button(
            "Download the top 3",
            access.guarded("look", top_3, "export the top 3", whose_runs),
            "top_3.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="The names of the three likeliest classes of each test clip, split by spaces.",
        )

"""The parts of a run's report. What a run does not have, or what is damaged of it, is said in its place."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pandas as pd

from fsat_core.errors import FsatError
from fsat_core.evaluation import (
    count_confusions,
    curated_warning,
    describe_class_scores,
    largest_confusions,
    load_oof,
    per_class,
    score,
    sort_scores,
)
from fsat_core.evaluation.curves import best_epochs, describe_learning
from fsat_core.evaluation.scores import overall_interval
from fsat_core.report.markup import Markup, document, escape, facts, number, paragraph, section, table
from fsat_core.report.pictures import curve_pictures, interval_picture
from fsat_core.runs import Run, elapsed_s, read_notes
from fsat_core.runs.ending import ENDINGS, describe_end
from fsat_core.text import counted, duration_text

_MOST_CLASSES = 40  # of which a matrix of confusions is still read
_MOST_PAIRS = 50


def run_report(run: Run) -> str:
    """A run as one HTML file: scores, curves, confusions, data, warnings and configuration."""
    parts = [f"<h1>{escape(run.run_id)}</h1>"]
    if run.fault or not run.path.is_dir():
        return document(run.run_id, [*parts, paragraph(run.fault or "This run has been deleted.", "warning")])
    parts += [_or_fault(part, run) for part in (_head, _warnings, _scores, _curves)]
    parts += [_or_fault(part, run) for part in (_classes, _confusions, _data, _configuration)]
    made = f"Made {time.strftime('%Y-%m-%d %H:%M')} from the files of the run."
    return document(run.run_id, [*parts, paragraph(made, "faint")])


def _or_fault(part: Callable[[Run], str], run: Run) -> str:
    try:
        return part(run)
    except FsatError as error:
        return paragraph(error, "warning")


def _head(run: Run) -> str:
    status, config = run.status, run.config
    state = run.state
    seconds = elapsed_s(run, status)
    started = (
        datetime.fromtimestamp(status.started_at).strftime("%Y-%m-%d %H:%M") if status.started_at else "–"
    )
    rows = [
        ("State", ENDINGS.get(state, state.capitalize())),
        ("Network", f"{config.network.title}, recipe {config.recipe}, {config.task}-label"),
        ("Started", started),
        ("Duration", "–" if seconds is None else duration_text(seconds)),
        ("Device", status.device or "–"),
    ]
    if state in ENDINGS and state != "finished":
        rows.insert(1, ("What came of it", describe_end(run, status)))
    parts = [facts(rows)]
    notes = read_notes(run)
    if notes.tags:
        parts.append(paragraph(f"Tags: {', '.join(notes.tags)}"))
    if notes.note:
        parts.append(paragraph(notes.note))
    return "\n".join(parts)


def _warnings(run: Run) -> str:
    lines = [*run.warnings, *run.status.warnings, curated_warning(run) or ""]
    found = list(dict.fromkeys(line for line in lines if line))
    return section("Warnings", *(paragraph(line, "warning") for line in found)) if found else ""


def _scores(run: Run) -> str:
    if run.scores is None:
        return section("Scores", paragraph(_no_result(run)))
    oof = load_oof(run)
    scores, (low, high) = score(oof), overall_interval(oof)
    rows = [
        ("lwlrap", number(scores.lwlrap), f"{number(low)} to {number(high)}"),
        ("Accuracy", f"{scores.accuracy:.1%}", ""),
    ]
    return section(
        "Scores",
        table(("Out of fold", "Score", "95 % interval"), rows),
        paragraph(
            f"Over {counted(scores.num_clips, 'labelled clip')}; intervals by bootstrap over the clips.",
            "faint",
        ),
    )


def _no_result(run: Run) -> str:
    return f"There is no result yet: {len(run.folds)} of {counted(run.config.n_folds, 'fold')} saved."


def _curves(run: Run) -> str:
    metrics = run.metrics()
    if metrics.empty:
        return section("Learning curves", paragraph("No epoch has been finished yet."))
    monitor = run.config.monitor if run.config.checkpoint == "best" else None
    rows = []
    best = best_epochs(metrics, run.config.monitor)
    for fold, of_fold in metrics.groupby("fold"):
        kept = (
            int(best["best_epoch"].get(fold, of_fold["epoch"].max()))
            if monitor
            else int(of_fold["epoch"].max())
        )
        row = of_fold[of_fold["epoch"] == kept].iloc[0]
        values = [number(float(row[f"val_{name}"])) for name in ("loss", "accuracy", "lwlrap")]
        rows.append((int(str(fold)) + 1, int(of_fold["epoch"].max()), kept, *values))
    return section(
        "Learning curves",
        paragraph(describe_learning(metrics)),
        curve_pictures(metrics, monitor),
        paragraph(
            "Each fold in a colour. Solid: validation. Dashed: training. Dot: the epoch that is kept.",
            "faint",
        ),
        table(("Fold", "Epochs", "Kept", "Validation loss", "Accuracy", "lwlrap"), rows),
    )


def _classes(run: Run) -> str:
    if run.scores is None:
        return ""
    scores = per_class(load_oof(run))
    ranked = sort_scores(scores)
    rows = [
        (
            row["class"],
            int(row["count"]),
            number(row["lwlrap"]),
            interval_picture(row["lwlrap"], row["low"], row["high"]),
            f"{number(row['low'])} to {number(row['high'])}",
            number(row["accuracy"]),
        )
        for _, row in ranked.iterrows()
    ]
    header = ("Class", "Clips", "lwlrap", "", "95 % interval", "Accuracy")
    said = describe_class_scores(ranked) if len(ranked) else "No class has a clip."
    return section("Classes, hardest first", paragraph(said), table(header, rows))


def _confusions(run: Run) -> str:
    if run.scores is None:
        return ""
    confusions = count_confusions(load_oof(run), outranked=run.config.task == "multi")
    counts = confusions.counts
    pairs = largest_confusions(counts, _MOST_PAIRS)
    rows = [(pair["true"], pair["predicted"], int(pair["clips"])) for _, pair in pairs.iterrows()]
    names = ("Class", "A class above it", "Clips") if confusions.outranked else ("Class", "Heard as", "Clips")
    matrix = _matrix(counts) if len(counts) <= _MOST_CLASSES else ""
    return section(
        "Confusions",
        paragraph(confusions.describe()),
        matrix,
        table(names, rows) if rows else paragraph("None."),
    )


def _matrix(counts: pd.DataFrame) -> Markup:
    """A table of counts, the darker the more; true classes down, predicted ones across."""
    head = "".join(f'<th scope="col"><span>{escape(name)}</span></th>' for name in counts.columns)
    body = "\n".join(f"<tr>{''.join(_matrix_row(str(name), row))}</tr>" for name, row in counts.iterrows())
    return Markup(
        f'<div class="wide"><table class="matrix"><thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _matrix_row(name: str, row: pd.Series) -> Iterator[str]:
    yield f'<th scope="row">{escape(name)}</th>'
    total = max(int(row.sum()), 1)
    for value in row:
        colour = f"color-mix(in srgb, var(--mark) {round(45 * int(value) / total)}%, var(--back))"
        yield f'<td style="background: {colour}">{value or ""}</td>'


def _data(run: Run) -> str:
    labels, config = run.labels(), run.config
    sizes = labels["fold"].value_counts().sort_index()
    trained = labels[labels["weight"] > 0]
    rows = [(int(fold) + 1, int((trained["fold"] != fold).sum()), int(size)) for fold, size in sizes.items()]
    lines = [
        f"{counted(len(labels), 'clip')} of {counted(len(run.classes), 'class')} from "
        f"{', '.join(config.splits)}; data set {run.data_dir.name}.",
        f"Labels: {'the label set ' + config.label_set if config.label_set else 'those of the tables'}.",
    ]
    for what, clips in (("could not be read", run.skipped()), ("went missing later", run.gone())):
        if len(clips):
            lines.append(f"{counted(len(clips), 'clip')} {what}.")
    weights = labels["weight"].value_counts().sort_index(ascending=False)
    if len(weights) > 1:
        lines.append(
            "Weights: " + ", ".join(f"{num:,} clips of {weight:g}" for weight, num in weights.items()) + "."
        )
    header = ("Fold", "Training clips", "Held-out clips")
    classes = paragraph(f"Classes: {', '.join(run.classes)}", "faint")
    return section("Data and folds", *map(paragraph, lines), table(header, rows), classes)


def _configuration(run: Run) -> str:
    rows = [
        (name, (", ".join(value) if isinstance(value, tuple) else str(value)) or "–")
        for name, value in run.config.model_dump().items()
    ]
    return section("Configuration", facts(rows))

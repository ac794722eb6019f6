"""Training in the foreground: the same worker, shown as it goes in a terminal."""

import logging

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table

from fsat_core.errors import RunError
from fsat_core.runs.run import Run
from fsat_core.runs.status import RunStatus
from fsat_core.settings import Settings
from fsat_core.training.worker import run_worker


def train_in_foreground(run: Run, settings: Settings) -> RunStatus:
    """Train a run, drawing bars and the latest epoch of each fold on standard error; Ctrl-C stops it."""
    handler = logging.FileHandler(run.log_path, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", datefmt="%H:%M:%S"))
    logger = logging.getLogger("fsat_core")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    display, console = _Display(run), Console(stderr=True)
    try:
        with Live(console=console, refresh_per_second=2) as live:
            status = run_worker(run, settings, lambda status: live.update(display.draw(status)))
        if not console.is_terminal:
            console.line()  # Live prints only one frame there, without a line end
        return status
    finally:
        logger.removeHandler(handler)
        handler.close()


class _Display:
    def __init__(self, run: Run) -> None:
        self._run = run
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[detail]}"),
        )
        self._task = self._bar.add_task(run.run_id, total=1.0, detail="")

    def draw(self, status: RunStatus) -> Group:
        """Bars over all folds, and a table of learning curves' last values."""
        left = f"about {status.eta_s:,.0f} s left" if status.eta_s is not None else ""
        speed = f"{status.clips_per_s:,.0f} clips/s" if status.clips_per_s else ""
        detail = "  ".join(part for part in (status.message, speed, left) if part)
        self._bar.update(self._task, completed=status.progress, description=status.state, detail=detail)
        return Group(self._bar, *(f"[yellow]{line}" for line in status.warnings), self._table())

    def _table(self) -> Table:
        table = Table("fold", "epoch", "loss", "val. loss", "val. accuracy", "val. lwlrap", box=None)
        try:
            metrics = self._run.metrics()
        except RunError:  # damaged curves, which are only shown, stop nothing
            return table
        for fold, rows in metrics.groupby("fold"):
            best = rows.loc[rows["val_loss"].idxmin()] if rows["val_loss"].notna().any() else rows.iloc[-1]
            table.add_row(
                str(fold),
                f"{len(rows)} (best {int(best['epoch'])})",
                *(f"{best[name]:.4f}" for name in ("loss", "val_loss", "val_accuracy", "val_lwlrap")),
            )
        return table

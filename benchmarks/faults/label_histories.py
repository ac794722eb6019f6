"""Random histories of eight writers with kills, held against a model that knows nothing of databases.

    python -m benchmarks.faults.label_histories [--decisions N] [--kills N] [--database sqlite] [--json]

Each writer is an annotator in a process of its own, who decides on clips of all kinds, alone and in batches,
sends some decisions twice and takes some back. Now and then one is killed (SIGKILL) and started again at the
first message that was not answered, as a board does. In the end, what stands by each annotator on each clip
must be what a list in memory says, and no decision may be there twice.
"""

import argparse
import json
import multiprocessing
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from benchmarks.targets.label_writers import DATABASES, open_database
from fsat_core.labels import Decision, LabelStore, standing

NUM_WRITERS, NUM_CLIPS = 8, 200
LABELS = ("Bark", "Meow", "Knock", "Bark,Meow")
_POLL_S = 0.02


@dataclass(frozen=True)
class Message:
    """Decisions that are sent together, or the token of one to take back."""

    decisions: tuple[Decision, ...] = ()
    undoes: str = ""


@dataclass
class Model:
    """What one annotator's decisions come to, in plain Python."""

    stands: dict[str, Decision] = field(default_factory=dict)  # by token, oldest first
    known: set[str] = field(default_factory=set)
    batches: dict[str, list[str]] = field(default_factory=dict)  # tokens

    def take(self, message: Message) -> None:
        """Do as the store should."""
        for decision in message.decisions:
            if decision.token not in self.known:
                self.stands[decision.token] = decision
                self.batches.setdefault(decision.batch, []).append(decision.token)
            self.known.add(decision.token)
        if (undone := self.stands.pop(message.undoes, None)) and undone.batch:
            for token in self.batches[undone.batch]:
                self.stands.pop(token, None)

    def latest(self) -> dict[str, tuple[str, str]]:
        """Action and labels of the latest standing decision on each clip."""
        return {decision.clip_id: (decision.action, decision.labels) for decision in self.stands.values()}


def messages(annotator: str, num_decisions: int) -> Iterator[Message]:
    """The history of an annotator: the same each time that it is asked for."""
    rng = random.Random(annotator)
    sent: list[Decision] = []
    while len(sent) < num_decisions:
        kind = rng.random()
        if sent and kind < 0.1:
            yield Message(undoes=rng.choice(sent).token)
        elif sent and kind < 0.15:
            yield Message((sent[-1],))  # its answer was lost
        else:
            size = rng.choice((1, 1, 1, 2, 12))
            batch = f"{annotator}-batch-{len(sent)}" if size > 1 else ""
            together = tuple(_decide(rng, annotator, len(sent) + number, batch) for number in range(size))
            sent += together
            yield Message(together)


def _decide(rng: random.Random, annotator: str, number: int, batch: str) -> Decision:
    action = rng.choice(("accept", "relabel", "remove", "unsure"))
    labels = rng.choice(LABELS) if action in ("accept", "relabel") else ""
    clip_id = f"noisy/{rng.randrange(NUM_CLIPS):05d}.wav"
    return Decision(clip_id, annotator, action, labels, batch=batch, token=f"{annotator}-{number}")  # type: ignore[arg-type]


def write(url: str, annotator: str, num_decisions: int, answered: Path) -> None:
    """Send a history from the first message on that was not answered; a byte for each answer."""
    done = answered.stat().st_size if answered.exists() else 0
    with LabelStore.open(url) as store, answered.open("ab", buffering=0) as log:
        for number, message in enumerate(messages(annotator, num_decisions)):
            if number < done:
                continue
            if message.undoes:
                store.undo(annotator, message.undoes)
            else:
                store.add_many(message.decisions)
            log.write(b".")


def rehearse(url: str, folder: Path, num_decisions: int, num_kills: int, seed: int = 0) -> dict[str, Any]:
    """Let the writers write and kill some of them; returns figures, of which `differing` should be 0.

    Returns
    -------
    dict
        `differing`: clips of an annotator on which another decision stands than the model says; `doubled`:
        tokens that are there twice; `kills`, `rows`, `seconds`.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.targets.label_writers"])
    share = num_decisions // NUM_WRITERS

    def start(name: str) -> BaseProcess:
        process = context.Process(target=write, args=(url, name, share, folder / name))
        process.start()
        return process

    began, rng = time.monotonic(), random.Random(seed)
    names = [f"annotator_{number}" for number in range(NUM_WRITERS)]
    with LabelStore.open(url) as store:
        writers = {name: start(name) for name in names}
        # Messages hold three decisions on average, so this spreads the kills over most of the time.
        every = max(num_decisions // 4 // (num_kills + 1), 1)
        kills = _kill_some(writers, start, lambda: _num_answers(folder, names), every, num_kills, rng)
        failed = {name: writer.exitcode for name, writer in writers.items() if writer.exitcode}
        if failed:
            raise RuntimeError(f"writers ended with {failed}")
        stored = store.decisions()
    latest = standing(stored).drop_duplicates(["annotator", "clip_id"], keep="last")
    differing = 0
    for name in names:
        model = Model()
        for message in messages(name, share):
            model.take(message)
        rows = latest[latest["annotator"] == name]
        found = dict(zip(rows["clip_id"], zip(rows["action"], rows["labels"], strict=True), strict=True))
        wanted = model.latest()
        differing += sum(found.get(clip) != wanted.get(clip) for clip in found.keys() | wanted.keys())
    return {
        "differing": differing,
        "doubled": int(stored["token"].duplicated().sum()),
        "kills": kills,
        "rows": len(stored),
        "seconds": round(time.monotonic() - began, 1),
    }


def _num_answers(folder: Path, names: Sequence[str]) -> int:
    return sum((folder / name).stat().st_size for name in names if (folder / name).exists())


def _kill_some(
    writers: dict[str, BaseProcess],
    start: Callable[[str], BaseProcess],
    num_answers: Callable[[], int],
    every: int,
    num_kills: int,
    rng: random.Random,
) -> int:
    """Wait until all have written; kill and restart one after each `every` answers. Returns how many."""
    kills = 0
    while any(writer.is_alive() for writer in writers.values()):
        time.sleep(_POLL_S)
        alive = [name for name, writer in writers.items() if writer.is_alive()]
        if kills < num_kills and alive and num_answers() >= every * (kills + 1):
            name = rng.choice(alive)
            writers[name].kill()
            writers[name].join()
            writers[name] = start(name)
            kills += 1
    return kills


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where the store and the model differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch, open_database(options.database, Path(scratch)) as url:
        figures = rehearse(url, Path(scratch), options.decisions, options.kills)
    print(json.dumps(figures, indent=2))
    return 1 if figures["differing"] or figures["doubled"] else 0


if __name__ == "__main__":
    raise SystemExit(main())

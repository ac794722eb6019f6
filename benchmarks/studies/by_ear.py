"""What YAMNet is worth before anything is trained: from no label on, and on labels of which some are wrong.

Decisions are simulated: they are the labels of SET's curated clips. After each number of decisions the test
clips are predicted, whose labels are in `--truth`. Clips are decided on in the order of the queue
`cold_start`, made anew every ten decisions, and in random orders. For suspicion a fifth of the labels of each
class are swapped, at least one. `--sources` is a table of `fname,source`: the neighbours of a clip are looked
for among those of other recordings. Needs `fsat embed` on SET.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.common import format_table, run_script, script_parser
from fsat_core.dataset import Dataset, open_dataset, scan
from fsat_core.embedding import YAMNET, EmbeddingStore, ExactNeighbours, open_complete
from fsat_core.embedding.learner import Learner
from fsat_core.embedding.own_names import audioset_names, columns_of, match_names
from fsat_core.evaluation import read_truth
from fsat_core.evaluation.by_ear import rank_by_ear
from fsat_core.labels import build_queue
from fsat_core.settings import Settings

NAME = "studies.by_ear"
DECISIONS = (10, 20, 30, 50)
NUM_SEEDS = 5
NUM_FIRST = 20  # decisions on the first queue
NUM_NEIGHBOURS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("set", type=Path, metavar="SET")
    parser.add_argument("--truth", type=Path, metavar="CSV", help="default: test_truth.csv in SET")
    parser.add_argument("--sources", type=Path, metavar="CSV")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    options = parser.parse_args(arguments)

    def work() -> None:
        trial = Trial(options.set, options.truth or options.set / "test_truth.csv")
        rows = [*trial.start_cold(), trial.suspect()]
        if options.sources:
            rows.append(trial.look_for_neighbours(pd.read_csv(options.sources, dtype="str")))
        print(json.dumps(rows, indent=2) if options.json else describe(rows))

    return run_script(NAME, work)


class Trial:
    """A set that has been heard, with the truth about all of its clips."""

    def __init__(self, data_dir: Path, truth: Path) -> None:
        cache_dir = Settings.from_environment().cache_dir
        self.dataset: Dataset = open_dataset(data_dir)
        self.catalogue = scan(self.dataset, cache_dir)
        self.store: EmbeddingStore = open_complete(self.dataset, self.catalogue, cache_dir, YAMNET)
        self.classes = np.array(self.dataset.classes)
        names = audioset_names()
        self.own_names = columns_of(match_names(self.dataset.classes, names), names)
        self.test = read_truth(truth).set_index("clip_id")["labels"]
        self.curated = self.catalogue[self.catalogue["split"] == "curated"]
        pairs = zip(self.curated["clip_id"], self.curated["labels"], strict=True)
        self.true: dict[str, str] = dict(pairs)

    def start_cold(self) -> list[dict[str, Any]]:
        """Accuracy on the test clips after so many decisions, with AudioSet's names and without."""
        rows = [{"item": "AudioSet's names alone", "0": self._accuracy({}, names=True)}]
        for names in (True, False):
            suffix = "with names" if names else "without"
            rows.append({"item": f"chosen, {suffix}", **self._follow(self._chosen(), names)})
            orders = [np.random.default_rng(seed).permutation(list(self.true)) for seed in range(NUM_SEEDS)]
            each = [self._follow(order.tolist(), names) for order in orders]
            means = pd.DataFrame(each).mean().round(4).to_dict()
            rows.append({"item": f"random, {suffix}, mean of {NUM_SEEDS}", **means})
        return rows

    def _follow(self, order: Sequence[str], names: bool) -> dict[str, Any]:
        known = [{clip_id: self.true[clip_id] for clip_id in order[:count]} for count in DECISIONS]
        return {
            str(count): self._accuracy(labels, names) for count, labels in zip(DECISIONS, known, strict=True)
        }

    def _chosen(self) -> list[str]:
        """The order in which somebody decides who has the queue made anew."""
        order: list[str] = []
        while len(order) < min(max(DECISIONS), len(self.true)):
            labels = [self.true[clip] if clip in order else "" for clip in self.curated["clip_id"]]
            queue = build_queue(
                "cold_start",
                self.curated.assign(labels=labels),
                heard=self.store,
                classes=self.dataset.classes,
            )
            count = NUM_FIRST if len(order) < NUM_FIRST else 10
            order += queue.clips["clip_id"][:count].tolist()
        return order

    def _accuracy(self, labels: Mapping[str, str], names: bool) -> float:
        learner = Learner(self.store, self.dataset.classes, self.own_names if names else None)
        learner.learn(labels)
        best = learner.probabilities(self.test.index.tolist()).argmax(axis=1)
        return round(float((self.classes[best] == self.test.to_numpy()).mean()), 4)

    def suspect(self) -> dict[str, Any]:
        """The share of wrong labels among as many most suspect clips, over several draws."""
        recalls = []
        for seed in range(NUM_SEEDS):
            rng = np.random.default_rng(seed)
            labels = dict(self.true)
            for name in self.classes:
                own = [clip_id for clip_id, label in self.true.items() if label == name]
                for clip_id in rng.permutation(own)[: max(len(own) // 5, 1)]:
                    labels[clip_id] = str(rng.choice(self.classes[self.classes != name]))
            wrong = {clip_id for clip_id, label in labels.items() if label != self.true[clip_id]}
            given = self.curated["clip_id"].map(labels)
            top = rank_by_ear(self.store, self.curated.assign(labels=given), self.dataset.classes)
            recalls.append(len(wrong & {*top["clip_id"][: len(wrong)]}) / len(wrong))
        item = f"recall at k of swapped labels, mean of {NUM_SEEDS} (lowest)"
        return {"item": item, "value": round(float(np.mean(recalls)), 4), "lowest": round(min(recalls), 4)}

    def look_for_neighbours(self, sources: pd.DataFrame) -> dict[str, Any]:
        """The share of the nearest clips of other recordings that are of a clip's own class."""
        labels = self.true | self.test.to_dict()
        source_of = dict(zip(sources["fname"], sources["source"], strict=True))
        source = [source_of[clip_id.partition("/")[2]] for clip_id in self.store.clip_ids]
        neighbours, hits = ExactNeighbours(self.store.means), []
        for row, clip_id in enumerate(self.store.clip_ids):
            if clip_id not in labels:
                continue
            same = [
                other
                for other, name in enumerate(source)
                if name == source[row] or self.store.clip_ids[other] not in labels
            ]
            near = neighbours.nearest(self.store.means[row], NUM_NEIGHBOURS, skip=same)
            hits += [labels[self.store.clip_ids[other]] == labels[clip_id] for other in near.rows]
        item = f"of the {NUM_NEIGHBOURS} nearest of other recordings, of the same class"
        return {"item": item, "value": round(float(np.mean(hits)), 4)}


def describe(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as a table for people."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return format_table(names, [[row.get(name, "") for name in names] for row in rows])


if __name__ == "__main__":
    sys.exit(main())

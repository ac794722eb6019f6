"""Training on a label set: what people decided is what a run pins, and the tables stay as they are."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from fsat_core.dataset import open_dataset, scan
from fsat_core.errors import LabelError, RunError
from fsat_core.labels import Decision, LabelStore, LatestRule, create_label_set, resolve
from fsat_core.runs import Run
from fsat_core.settings import Settings
from fsat_core.training.feature_caches import open_caches
from fsat_core.training.fold import begin_fold, denying_examples
from fsat_core.training.worker import run_worker

NewRun = Callable[..., Run]


@pytest.fixture
def corrected(settings: Settings) -> str:
    """The name of a label set in which one clip is relabelled, and another one removed."""
    catalogue = scan(open_dataset(settings.data_dir), settings.cache_dir)
    rule = LatestRule()
    with LabelStore.open(settings.database_url) as store:
        store.add(Decision("curated/bark_0.wav", "ann", "relabel", labels="Meow", previous_labels="Bark"))
        store.add(Decision("curated/bark_1.wav", "ann", "remove", previous_labels="Bark"))
        return create_label_set(store, "first", resolve(store.decisions(), catalogue, rule), rule=rule).name


def test_a_run_pins_the_labels_of_its_set(new_run: NewRun, corrected: str) -> None:
    plain = new_run().labels().set_index("clip_id")["labels"]
    run = new_run(label_set=corrected)
    labels = run.labels().set_index("clip_id")["labels"]
    assert labels["curated/bark_0.wav"] == "Meow"
    assert plain["curated/bark_0.wav"] == "Bark"
    assert set(plain.index) - set(labels.index) == {"curated/bark_1.wav"}
    others = labels.drop("curated/bark_0.wav")
    pd.testing.assert_series_equal(others, plain[others.index])
    assert run.config.label_set == corrected


def test_unknown_label_set_is_one_line(new_run: NewRun, corrected: str) -> None:
    with pytest.raises(LabelError, match=r"No label set 'second': expected first\."):
        new_run(label_set="second")


def test_a_clip_that_only_denies_teaches_that_alone(new_run: NewRun, settings: Settings) -> None:
    catalogue = scan(open_dataset(settings.data_dir), settings.cache_dir)
    rule = LatestRule()
    with LabelStore.open(settings.database_url) as store:
        store.add(Decision("curated/bark_0.wav", "ann", "relabel", denied="Bark", previous_labels="Bark"))
        create_label_set(store, "denying", resolve(store.decisions(), catalogue, rule), rule=rule)
    single = new_run(label_set="denying")
    assert "1 clip left out: all labels are denied, and one label is expected." in single.warnings
    assert single.denied().empty
    run = new_run(label_set="denying", task="multi", n_folds=2, max_epochs=1)
    assert run.denied().to_numpy().tolist() == [["curated/bark_0.wav", "Bark", -1]]
    assert "curated/bark_0.wav" not in set(run.labels()["clip_id"])
    assert run_worker(run, settings).state == "finished"
    losses = run.metrics()["loss"]
    assert np.isfinite(losses).all()
    cache = open_caches(run, settings.cache_dir).train
    taught = denying_examples(run, cache, fold=0)
    assert taught.clip_ids == ["curated/bark_0.wav"]
    known = dict(zip(run.classes, taught.targets[0], strict=True))
    assert {name: value for name, value in known.items() if not np.isnan(value)} == {"Bark": 0}
    (run.path / "denied.csv").write_text("clip_id,denied,fold\ncurated/bark_0.wav,Bark,1\n")
    assert denying_examples(run, cache, fold=1).clip_ids == []
    labels = pd.read_csv(run.path / "labels.csv")
    labels.assign(weight=(labels["fold"] == 0).astype(float)).to_csv(run.path / "labels.csv", index=False)
    with pytest.raises(RunError, match="no clip to train on is trusted"):
        begin_fold(run, settings.cache_dir, 0)
    (settings.data_dir / "train_curated" / "bark_0.wav").unlink()
    status = run_worker(run, settings)
    assert "1 clip of the run can no longer be read" in status.warnings[-1]

"""A network on what a pretrained one hears: trained, exported, asked and handed in by commands."""

from collections.abc import Callable

import numpy as np
import onnxruntime
import pandas as pd
import pytest

from fsat_core.embedding.pretrained import weights_path
from fsat_core.runs import Run, find_run
from fsat_core.settings import Settings
from fsat_core.training.worker import run_worker
from tests.helpers.commands import Command
from tests.helpers.embedders import lend_yamnet

MISSING = "Run `fsat pretrained` once"


@pytest.fixture
def head(command: Command, settings: Settings) -> Run:
    """A trained one."""
    lend_yamnet(settings.cache_dir)
    options = ("--recipe", "quick", "--epochs", 3)
    result = command.json("train", "--model", "yamnet_head", *options)
    return find_run(settings.runs_dir, result["run_id"])


def test_a_head_is_trained_and_used(
    command: Command, settings: Settings, head: Run, new_run: Callable[..., Run]
) -> None:
    session = onnxruntime.InferenceSession(str(head.path / "members.onnx"))
    assert session.get_inputs()[0].shape[1:] == [1_024]
    test = pd.read_parquet(head.path / "test.parquet").set_index("clip_id")
    files = [settings.data_dir / clip_id for clip_id in test.index]
    answers = command.json("predict", *files, "--run", head.run_id, "--top", 0)
    for answer, clip_id in zip(answers, test.index, strict=True):
        found = {row["label"]: row["probability"] for row in answer["labels"]}
        np.testing.assert_allclose([found[name] for name in head.classes], test.loc[clip_id], atol=1e-5)

    out = settings.runs_dir / "submission.csv"
    assert "allowed no pretrained networks" in command.error("submit", "--run", head.run_id, "--out", out)
    assert command.json("submit", "--run", head.run_id, "--out", out, "--pretrained")["num_rows"] == 4

    dummy = new_run()
    assert run_worker(dummy, settings).state == "finished"
    both = ("--run", head.run_id, dummy.run_id, "--out", out)
    (warning, *_) = command.json("submit", *both)["warnings"]
    assert warning.startswith(f"Without {head.run_id}: the competition allowed")

    weights_path(settings.cache_dir).unlink()
    assert MISSING in command.error("predict", files[0], "--run", head.run_id)
    alone = command.json("predict", files[0], "--run", dummy.run_id)
    assert command.json("predict", files[0], "--run", head.run_id, "--run", dummy.run_id) == alone
    assert f"Without {head.run_id}: yamnet, which it builds on" in command.err
    assert MISSING in command.error("train", "--model", "yamnet_head")


def test_a_network_is_taught(command: Command, settings: Settings) -> None:
    lend_yamnet(settings.cache_dir)
    options = [f"--set={pair}" for pair in ("soft_labels=0.5", "embedding_loss=1", "checkpoint=average")]
    result = command.json("train", "--model", "wave_dummy", "--recipe", "quick", "--set=patience=0", *options)
    taught = find_run(settings.runs_dir, result["run_id"])
    session = onnxruntime.InferenceSession(str(taught.path / "members.onnx"))
    assert session.get_outputs()[0].shape[1:] == [2, len(taught.classes)], "what taught it is thrown away"
    out = settings.runs_dir / "submission.csv"
    assert "allowed no pretrained networks" in command.error("submit", "--run", taught.run_id, "--out", out)
    weights_path(settings.cache_dir).unlink()
    clip = next((settings.data_dir / "test").iterdir())
    answers = command.json("predict", clip, "--run", taught.run_id)
    assert answers[0]["labels"], "it needs no teacher to predict"
    assert MISSING in command.error("train", "--model", "wave_dummy", "--recipe", "distilled")


def test_without_weights_a_run_that_is_prepared_says_what_to_do(
    settings: Settings, new_run: Callable[..., Run]
) -> None:
    lend_yamnet(settings.cache_dir)
    run = new_run("yamnet_head", sample_rate=16_000, duration_s=0.975)
    weights_path(settings.cache_dir).unlink()
    status = run_worker(run, settings)
    assert status.state == "failed"
    assert MISSING in status.error

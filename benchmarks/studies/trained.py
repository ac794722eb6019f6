"""Trainings whose results are kept, so that hours of work can be interrupted and continued."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import run_command, score_test_clips
from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import ConfigError
from fsat_core.files import write_json

RESULTS = "results.json"

Settings = dict[str, Any]


def train_once(
    data_dir: Path, work_dir: Path, model: str, recipe: str, settings: Mapping[str, Any], name: str
) -> dict[str, Any]:
    """Train, unless `work_dir` has the result of these settings on this set.

    Parameters
    ----------
    name : str
        What to call it.

    Returns
    -------
    dict
        `variant` (the name), `lwlrap, accuracy` (out of fold), `test_accuracy` (None where the test labels
        are not known), `seconds`, `run_id`, and `data` and `config`, which say what it is the result of.
    """
    path = work_dir / RESULTS
    results: list[dict[str, Any]] = json.loads(path.read_text()) if path.is_file() else []
    config = TrainConfig.from_recipe(model, recipe, **settings)
    for row in results:
        if row["data"] == str(data_dir) and TrainConfig.from_values(row["config"]) == config:
            return row | {"variant": name}
    words = ["train", "--model", model, "--recipe", recipe, "--data", data_dir, "--runs", work_dir / "runs"]
    for key, value in settings.items():
        words += ["--set", f"{key}={','.join(value) if isinstance(value, tuple) else value}"]
    print(f"training: {name}", file=sys.stderr)
    trained = run_command(words).value
    test = score_test_clips(Path(trained["run_dir"]), data_dir)
    row = {
        "variant": name,
        **trained["oof"],
        "test_accuracy": None if test is None else test.accuracy,
        "seconds": trained["seconds"],
        "run_id": trained["run_id"],
        "data": str(data_dir),
        "config": config.model_dump(mode="json"),
    }
    write_json(path, [*results, row])
    return row


def parse_settings(pairs: Sequence[str], **named: Any) -> Settings:
    """The settings of `--set KEY=VALUE` arguments, and those of `named` that are not None.

    Raises
    ------
    ConfigError
        If there is no `=`.
    """
    settings = {name: value for name, value in named.items() if value is not None}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(f"--set {pair}: expected KEY=VALUE, such as --set warmup_epochs=0.")
        settings[key] = value
    return settings

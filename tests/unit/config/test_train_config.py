"""TrainConfig: what recipes fill in, and errors that name the key, the value and what is allowed."""

import json
from pathlib import Path
from typing import Any

import pytest

from fsat_core.config.recipes import RECIPES
from fsat_core.config.train_config import TrainConfig, unknown_settings
from fsat_core.errors import ConfigError


def test_reference_is_the_published_notebook_s() -> None:
    config = TrainConfig.from_recipe("mfcc_cnn", "reference")
    assert config.model_dump() == {
        "model": "mfcc_cnn",
        "recipe": "reference",
        "task": "single",
        "sample_rate": 44_100,
        "duration_s": 2.0,
        "n_mfcc": 40,
        "n_folds": 10,
        "learning_rate": 1e-3,
        "max_epochs": 50,
        "batch_size": 64,
        "patience": 5,
        "checkpoint": "best",
        "monitor": "loss",
        "schedule": "constant",
        "warmup_epochs": 0,
        "new_crops": False,
        "skip_silence": False,
        "speed": 0.0,
        "mixup": 0.0,
        "masks": 0,
        "label_smoothing": 0.0,
        "soft_labels": 0.0,
        "embedding_loss": 0.0,
        "batch_norm_momentum": 0.99,
        "seed": 0,
        "splits": ("curated",),
        "label_set": "",
        "noisy_weight": 1.0,
        "curated_epochs": 0,
        "agree_with": (),
        "executor": "worker",
    }


def test_networks_on_raw_audio_read_it_at_16_khz() -> None:
    assert TrainConfig.from_recipe("wave_cnn").sample_rate == 16_000
    assert TrainConfig.from_recipe("wave_dummy").sample_rate == 16_000
    assert TrainConfig.from_recipe("wave_cnn", sample_rate=32_000).sample_rate == 32_000


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_suits_a_head_on_embeddings(recipe: str) -> None:
    config = TrainConfig.from_recipe("yamnet_head", recipe)
    assert (config.sample_rate, config.duration_s, config.learning_rate) == (16_000, 0.975, 1e-2)
    assert config.feature_spec.input_shape == (1_024,)
    assert not config.feature_spec.stores_waves
    assert config.network.title == "yamnet_head (pretrained on AudioSet)"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("sample_rate", 44_100, "sample_rate must be 16000 and duration_s 0.975"),
        ("duration_s", 2.0, "takes windows of 0.975 s at 16,000 Hz"),
        ("mixup", 0.4, "mixup must be 0.0"),
        ("masks", 1, "masks must be 0"),
        ("speed", 0.1, "speed must be 0.0"),
        ("skip_silence", True, "skip_silence must be False"),
        ("new_crops", True, "new_crops must be False"),
    ],
)
def test_a_head_on_embeddings_is_given_no_sound(name: str, value: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        TrainConfig.from_recipe("yamnet_head", **{name: value})


def test_strong_crops_anew_and_trains_to_the_end() -> None:
    config = TrainConfig.from_recipe("mfcc_cnn", "strong")
    assert (config.new_crops, config.patience) == (True, 0)
    assert (config.checkpoint, config.schedule) == ("last", "cosine")
    assert (config.max_epochs, config.batch_size, config.batch_norm_momentum) == (100, 16, 0.9)
    assert not config.feature_spec.crop_once
    assert TrainConfig.from_recipe("mfcc_cnn", "strong", mixup=0).mixup == 0


def test_strong_changes_waves_by_their_speed_alone() -> None:
    config = TrainConfig.from_recipe("wave_cnn", "strong")
    assert (config.max_epochs, config.batch_size, config.speed) == (200, 8, 0.3)
    assert (config.mixup, config.masks, config.label_smoothing) == (0, 0, 0)


@pytest.mark.parametrize("model", ["wave_cnn", "mfcc_cnn"])
def test_strong_crops_where_something_is_heard(model: str) -> None:
    assert TrainConfig.from_recipe(model, "strong").skip_silence
    assert not TrainConfig.from_recipe(model, "reference").skip_silence


def test_starter_is_short_and_follows_small_sets() -> None:
    config = TrainConfig.from_recipe("mfcc_cnn", "starter")
    assert (config.n_folds, config.max_epochs, config.batch_norm_momentum) == (3, 20, 0.9)


def test_quick_is_short() -> None:
    config = TrainConfig.from_recipe("wave_cnn", "quick")
    assert (config.n_folds, config.max_epochs) == (2, 1)


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        ("wave_cnn", (32_000, 1)),
        ("wave_dummy", (32_000, 1)),
        ("mfcc_cnn", (40, 173, 1)),
        ("mfcc_dummy", (40, 173, 1)),
    ],
)
@pytest.mark.parametrize("recipe", RECIPES)
def test_input_shapes(model: str, shape: tuple[int, ...], recipe: str) -> None:
    assert TrainConfig.from_recipe(model, recipe).feature_spec.input_shape == shape


def test_strings_from_a_command_line_are_converted() -> None:
    config = TrainConfig.from_recipe("mfcc_cnn", seed="7", learning_rate="0.01", splits=["curated", "noisy"])
    assert (config.seed, config.learning_rate, config.splits) == (7, 0.01, ("curated", "noisy"))


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        (
            {"model": "resnet"},
            ("'model'", "'resnet'", "'mfcc_cnn', 'wave_cnn', 'yamnet_head', 'mfcc_dummy' or"),
        ),
        ({"recipe": "fast"}, ("'recipe'", "'fast'", "'starter', 'strong' or 'distilled'")),
        ({"task": "many"}, ("'task'", "'many'", "'single' or 'multi'")),
        ({"n_folds": 1}, ("'n_folds'", "1", "greater than or equal to 2")),
        ({"n_folds": "x"}, ("'n_folds'", "'x'", "integer")),
        ({"learning_rate": 0}, ("'learning_rate'", "0", "greater than 0")),
        ({"batch_size": 10_000}, ("'batch_size'", "10000", "less than or equal to 4096")),
        ({"seed": -1}, ("'seed'", "-1", "greater than or equal to 0")),
        ({"splits": ()}, ("'splits'", "at least 1")),
        ({"splits": ("test",)}, ("'splits.0'", "'test'", "'curated' or 'noisy'")),
        ({"splits": ("curated", "curated")}, ("splits", "twice")),
        (
            {"executor": "cloud"},
            ("'executor'", "'cloud'", "'worker', 'processes', 'dask', 'slurm' or 'vmapped'"),
        ),
        ({"optimizer": "sgd"}, ("'optimizer'", "'sgd'", "learning_rate", "max_epochs")),
        ({"duration_s": float("nan")}, ("'duration_s'", "nan")),
        ({"model": "wave_cnn", "sample_rate": 4_000, "duration_s": 0.25}, ("duration_s", "0.40 s")),
        ({"sample_rate": 16_000, "duration_s": 0.25}, ("duration_s", "0.48 s", "mfcc_cnn")),
        ({"n_mfcc": 15}, ("n_mfcc", "at least 16")),
    ],
)
def test_impossible_values_are_errors(values: dict, parts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainConfig.from_recipe(**{"model": "mfcc_cnn", **values})
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_smallest_windows_are_allowed() -> None:
    TrainConfig.from_recipe("wave_cnn", sample_rate=4_000, duration_s=1_616 / 4_000)
    TrainConfig.from_recipe("mfcc_cnn", sample_rate=16_000, duration_s=0.48, n_mfcc=16)
    TrainConfig.from_recipe("mfcc_dummy", sample_rate=4_000, duration_s=0.25, n_mfcc=8)


def test_saved_and_loaded(tmp_path: Path) -> None:
    config = TrainConfig.from_recipe("wave_cnn", "quick", task="multi", splits=("noisy",))
    config.save(tmp_path / "config.json")
    saved = json.loads((tmp_path / "config.json").read_text())
    assert saved["splits"] == ["noisy"]
    assert TrainConfig.from_values(saved) == config


# What `config.json` was before the settings were named as they are now.
OLDER_FILE = """{
  "model": "wave_cnn",
  "recipe": "strong",
  "task": "single",
  "sampling_rate": 22050,
  "audio_duration": 1.5,
  "n_mfcc": 40,
  "n_folds": 2,
  "learning_rate": 0.001,
  "max_epochs": 6,
  "batch_size": 8,
  "patience": 0,
  "keep": "last",
  "monitor": "loss",
  "schedule": "cosine",
  "warmup_epochs": 5,
  "new_crops": false,
  "skip_silence": true,
  "speed": 0.3,
  "mixup": 0.0,
  "masks": 0,
  "label_smoothing": 0.0,
  "batch_norm_momentum": 0.99,
  "seed": 0,
  "splits": ["curated", "noisy"],
  "label_set": "",
  "noisy_weight": 1.0,
  "curated_epochs": 2,
  "agree_with": [],
  "executor": "together"
}
"""


def test_an_older_file_is_read_and_written_under_the_new_names(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    config = TrainConfig.from_values(json.loads(OLDER_FILE))
    assert (config.sample_rate, config.duration_s) == (22_050, 1.5)
    assert (config.checkpoint, config.executor) == ("last", "vmapped")
    config.save(path)
    older, now = json.loads(OLDER_FILE), json.loads(path.read_text())
    assert list(now) == list(TrainConfig.model_fields)
    assert set(older) - set(now) == {"sampling_rate", "audio_duration", "keep"}
    assert {name for name in older if name in now and now[name] != older[name]} == {"executor"}
    assert TrainConfig.from_values(now) == config
    assert unknown_settings(older) == unknown_settings(now) == []
    assert unknown_settings({**now, "colour": "red"}) == ["colour"]


def test_older_names_win_over_the_recipe_like_new_ones() -> None:
    older = {"sampling_rate": "8000", "audio_duration": "1", "keep": "best"}
    now = {"sample_rate": 8_000, "duration_s": 1, "checkpoint": "best"}
    configs = [TrainConfig.from_recipe("wave_cnn", "strong", **values) for values in (older, now)]
    assert configs[0] == configs[1]


@pytest.mark.parametrize(
    ("older", "name"),
    [("sampling_rate", "sample_rate"), ("audio_duration", "duration_s"), ("keep", "checkpoint")],
)
def test_an_older_and_a_new_name_at_once_are_an_error(older: str, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainConfig.from_recipe("mfcc_cnn", **{name: "3", older: "4"})
    assert str(caught.value) == (
        f"'{older}' is the older name of '{name}': received both, '4' and '3', expected one. "
        f"Leave out '{older}'."
    )


def test_an_impossible_value_of_an_older_name_is_told_under_the_new_one() -> None:
    with pytest.raises(ConfigError, match="'duration_s': received '99'"):
        TrainConfig.from_recipe("mfcc_cnn", audio_duration="99")


@pytest.mark.parametrize("values", ["text", [1, 2], None, {"model": "mfcc_cnn", "colour": "red"}])
def test_what_is_no_configuration_is_one_line(values: object) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainConfig.from_values(values)
    assert "\n" not in str(caught.value)


def test_a_message_repeats_no_long_value() -> None:
    with pytest.raises(ConfigError) as caught:
        TrainConfig.from_recipe("mfcc_cnn", task="x" * 10_000)
    assert len(str(caught.value)) < 300


def test_a_configuration_never_changes() -> None:
    config = TrainConfig.from_recipe("mfcc_cnn")
    with pytest.raises(ValueError, match="frozen"):
        config.seed = 1

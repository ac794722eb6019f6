"""TrainConfig: what recipes fill in, and errors that name the key, the value and what is allowed."""

import json
from pathlib import Path

import pytest

from fsat_core.config.recipes import RECIPES
from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import ConfigError


def test_reference_is_the_published_notebook_s() -> None:
    config = TrainConfig.from_recipe("mfcc_cnn", "reference")
    assert config.model_dump() == {
        "model": "mfcc_cnn",
        "recipe": "reference",
        "task": "single",
        "sampling_rate": 44_100,
        "audio_duration": 2.0,
        "n_mfcc": 40,
        "n_folds": 10,
        "learning_rate": 1e-3,
        "max_epochs": 50,
        "batch_size": 64,
        "patience": 5,
        "keep": "best",
        "monitor": "loss",
        "schedule": "constant",
        "warmup_epochs": 0,
        "new_crops": False,
        "skip_silence": False,
        "speed": 0.0,
        "mixup": 0.0,
        "masks": 0,
        "label_smoothing": 0.0,
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
    assert TrainConfig.from_recipe("wave_cnn").sampling_rate == 16_000
    assert TrainConfig.from_recipe("wave_dummy").sampling_rate == 16_000
    assert TrainConfig.from_recipe("wave_cnn", sampling_rate=32_000).sampling_rate == 32_000


def test_strong_crops_anew_and_trains_to_the_end() -> None:
    config = TrainConfig.from_recipe("mfcc_cnn", "strong")
    assert (config.new_crops, config.patience, config.keep, config.schedule) == (True, 0, "last", "cosine")
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
            ("'model'", "'resnet'", "'mfcc_cnn', 'wave_cnn', 'mfcc_dummy' or"),
        ),
        ({"recipe": "fast"}, ("'recipe'", "'fast'", "'reference', 'quick', 'starter' or 'strong'")),
        ({"task": "many"}, ("'task'", "'many'", "'single' or 'multi'")),
        ({"n_folds": 1}, ("'n_folds'", "1", "greater than or equal to 2")),
        ({"n_folds": "x"}, ("'n_folds'", "'x'", "integer")),
        ({"learning_rate": 0}, ("'learning_rate'", "0", "greater than 0")),
        ({"batch_size": 10_000}, ("'batch_size'", "10000", "less than or equal to 4096")),
        ({"seed": -1}, ("'seed'", "-1", "greater than or equal to 0")),
        ({"splits": ()}, ("'splits'", "at least 1")),
        ({"splits": ("test",)}, ("'splits.0'", "'test'", "'curated' or 'noisy'")),
        ({"splits": ("curated", "curated")}, ("splits", "twice")),
        ({"executor": "cloud"}, ("'executor'", "'cloud'", "'worker', 'processes', 'dask' or 'together'")),
        ({"optimizer": "sgd"}, ("'optimizer'", "'sgd'", "learning_rate", "max_epochs")),
        ({"audio_duration": float("nan")}, ("'audio_duration'", "nan")),
        ({"model": "wave_cnn", "sampling_rate": 4_000, "audio_duration": 0.25}, ("audio_duration", "0.40 s")),
        ({"sampling_rate": 16_000, "audio_duration": 0.25}, ("audio_duration", "0.48 s", "mfcc_cnn")),
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
    TrainConfig.from_recipe("wave_cnn", sampling_rate=4_000, audio_duration=1_616 / 4_000)
    TrainConfig.from_recipe("mfcc_cnn", sampling_rate=16_000, audio_duration=0.48, n_mfcc=16)
    TrainConfig.from_recipe("mfcc_dummy", sampling_rate=4_000, audio_duration=0.25, n_mfcc=8)


def test_saved_and_loaded(tmp_path: Path) -> None:
    config = TrainConfig.from_recipe("wave_cnn", "quick", task="multi", splits=("noisy",))
    config.save(tmp_path / "config.json")
    assert json.loads((tmp_path / "config.json").read_text())["splits"] == ["noisy"]
    assert TrainConfig.load(tmp_path / "config.json") == config


@pytest.mark.parametrize("content", ["", "{", '"text"', "[1, 2]", '{"model": "mfcc_cnn", "colour": "red"}'])
def test_a_damaged_file_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(ConfigError) as caught:
        TrainConfig.load(tmp_path / "config.json")
    assert "\n" not in str(caught.value)


def test_a_configuration_never_changes() -> None:
    config = TrainConfig.from_recipe("mfcc_cnn")
    with pytest.raises(ValueError, match="frozen"):
        config.seed = 1

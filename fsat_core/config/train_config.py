"""`TrainConfig`: everything that decides what a training run computes."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from fsat_core.audio.features import FeatureSpec
from fsat_core.config.recipes import RECIPES
from fsat_core.errors import ConfigError
from fsat_core.files import write_atomically
from fsat_core.models import NETWORKS, NetworkSpec

Split = Literal["curated", "noisy"]

# What changes a crop or says where it is.
_NEED_NEW_CROPS = {
    "mixup": "mixup mixes waves",
    "masks": "masks change each crop",
    "skip_silence": "skip_silence says where to crop",
    "speed": "speed changes each crop",
    "soft_labels": "soft_labels are those of each crop",
    "embedding_loss": "embedding_loss is that of each crop",
}

_SHOWN = 80  # characters of a value that a message repeats

# Names in older configurations, which are on disks: still read, and written under the new ones.
_OLDER_NAMES = {"sampling_rate": "sample_rate", "audio_duration": "duration_s", "keep": "checkpoint"}


def _one_of(names: Collection[str]) -> AfterValidator:
    """A check like that of `Literal`, of names that may be added to while the program runs."""

    def check(value: str) -> str:
        if value not in names:
            *others, last = map(repr, names)
            raise ValueError(f"input should be {', '.join(others)} or {last}")
        return value

    return AfterValidator(check)


class TrainConfig(BaseModel):
    """Configuration of one run, as `config.json` holds it.

    Start from `TrainConfig.from_recipe`, which fills in what the recipe and the network prescribe.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Annotated[str, _one_of(NETWORKS)]
    recipe: Annotated[str, _one_of(RECIPES)] = "reference"
    task: Literal["single", "multi"] = Field("single", description="single: clips with one label; multi: all")
    sample_rate: int = Field(44_100, ge=4_000, le=192_000, description="In Hz; clips are resampled to it")
    duration_s: float = Field(2.0, ge=0.25, le=30.0, description="Length of one input window in seconds")
    n_mfcc: int = Field(40, ge=8, le=128, description="Number of MFCCs; the networks on raw audio ignore it")
    n_folds: int = Field(10, ge=2, le=50)
    learning_rate: float = Field(1e-3, gt=0, le=1)
    max_epochs: int = Field(50, ge=1, le=10_000)
    batch_size: int = Field(64, ge=1, le=4_096)
    patience: int = Field(
        5, ge=0, le=10_000, description="Epochs without a better value of `monitor` before a stop; 0: no stop"
    )
    checkpoint: Literal["best", "last", "average"] = Field(
        "best", description="The epoch whose weights are kept; average: their mean over the last quarter"
    )
    monitor: Literal["loss", "lwlrap"] = Field("loss", description="Validation figure that says what is best")
    schedule: Literal["constant", "cosine"] = Field("constant", description="Learning rate over the epochs")
    warmup_epochs: int = Field(0, ge=0, le=1_000, description="Epochs in which the cosine schedule rises")
    new_crops: bool = Field(False, description="Crop every clip anew each epoch; wave networks always do")
    skip_silence: bool = Field(False, description="Draw new crops where something is heard")
    speed: float = Field(0.0, ge=0, le=1, description="Largest change of speed of a crop; 0.15: by 15 %")
    mixup: float = Field(0.0, ge=0, le=10, description="Parameter of the Beta distribution; 0: none")
    masks: int = Field(0, ge=0, le=10, description="Masked stretches of time, and for MFCCs of frequency")
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    soft_labels: float = Field(
        0.0, ge=0, le=1, description="Share of a crop's targets that a head on YAMNet says; 0: none"
    )
    embedding_loss: float = Field(
        0.0, ge=0, le=100, description="Weight of learning what YAMNet makes of a crop; 0: none"
    )
    batch_norm_momentum: float = Field(0.99, ge=0, lt=1, description="Lower suits few steps per epoch")
    seed: int = Field(0, ge=0, le=2**31 - 1)
    splits: Annotated[tuple[Split, ...], Field(min_length=1)] = ("curated",)
    label_set: str = Field("", description="Name of a label set; empty: the labels in the tables")
    noisy_weight: float = Field(1.0, gt=0, le=1, description="Weight of noisy clips beside curated ones")
    curated_epochs: int = Field(0, ge=0, le=10_000, description="Last epochs, on curated clips alone")
    agree_with: tuple[str, ...] = Field(
        (), description="Runs whose out-of-fold predictions say how far each label is trusted"
    )
    executor: Literal["worker", "processes", "dask", "slurm", "vmapped"] = Field(
        "worker",
        description="worker: one fold after the other; processes: several at once; dask: on a Dask cluster; "
        "slurm: as jobs of Slurm; vmapped: all folds in one program, with Keras on JAX",
    )

    @field_validator("splits", "agree_with", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return [part.strip() for part in value.split(",") if part.strip()]

    @model_validator(mode="after")
    def _values_fit_together(self) -> "TrainConfig":
        if len(set(self.splits)) != len(self.splits):
            raise ValueError("splits must not name a split twice")
        if self.network.input_kind == "embedding":
            self._check_embedding()
        shortest = self.network.min_samples / self.sample_rate
        if self.duration_s < shortest:
            raise ValueError(f"duration_s must be at least {shortest:.2f} s for {self.model} at this rate")
        if self.n_mfcc < self.network.min_n_mfcc:
            raise ValueError(f"n_mfcc must be at least {self.network.min_n_mfcc} for {self.model}")
        if len(set(self.agree_with)) != len(self.agree_with):
            raise ValueError("agree_with must not name a run twice")
        if self.curated_epochs and set(self.splits) != {"curated", "noisy"}:
            raise ValueError("curated_epochs need both splits: first all clips, then the curated ones")
        if self.curated_epochs >= self.max_epochs:
            raise ValueError("curated_epochs must be fewer than max_epochs")
        if self.schedule == "cosine" and self.warmup_epochs >= self.max_epochs:
            raise ValueError("warmup_epochs must be fewer than max_epochs")
        if self.checkpoint == "average" and self.patience:
            raise ValueError("an average of the last epochs needs all of them: patience must be 0")
        if not self.feature_spec.stores_waves:
            for name, reason in _NEED_NEW_CROPS.items():
                if getattr(self, name):
                    raise ValueError(f"{reason}: for a network on MFCCs that needs new_crops")
        return self

    def _check_embedding(self) -> None:
        """Raises ValueError where another sound is asked for than what the pretrained network hears."""
        window = (self.network.sample_rate, self.network.duration_s)
        if (self.sample_rate, self.duration_s) != window:
            raise ValueError(
                f"{self.model} takes windows of {window[1]:g} s at {window[0]:,} Hz: sample_rate must be "
                f"{window[0]} and duration_s {window[1]:g}"
            )
        for name in ("new_crops", *_NEED_NEW_CROPS):
            if getattr(self, name):
                raise ValueError(
                    f"{self.model} takes what was heard of whole clips, not their sound: {name} must be "
                    f"{type(self).model_fields[name].default}"
                )

    @classmethod
    def from_recipe(cls, model: str, recipe: str = "reference", **overrides: Any) -> "TrainConfig":
        """A configuration with the recipe's and the network's defaults, then `overrides`.

        Raises
        ------
        ConfigError
            If a key is unknown or a value impossible; names the key, the value and what is allowed.
        """
        values: dict[str, Any] = {"model": model, "recipe": recipe}
        known_recipe, network = RECIPES.get(recipe), NETWORKS.get(model)
        if known_recipe:
            values |= known_recipe.values
        if network:
            values |= {"sample_rate": network.sample_rate, "duration_s": network.duration_s}
        if known_recipe and network:
            values |= known_recipe.by_input.get(network.input_kind, {})
        return cls.from_values({**values, **_rename(overrides)})

    @classmethod
    def from_values(cls, values: object) -> "TrainConfig":
        """Validate a dictionary; like `from_recipe` without defaults."""
        try:
            return cls.model_validate(_rename(values) if isinstance(values, dict) else values)
        except ValidationError as error:
            raise ConfigError(_explain(error)) from error

    def replace(self, **overrides: Any) -> "TrainConfig":
        """The same configuration with other values for some settings; raises as `from_recipe` does."""
        return self.from_values({**self.model_dump(), **_rename(overrides)})

    def save(self, path: Path) -> None:
        """Write `config.json`."""
        write_atomically(path, self.model_dump_json(indent=2) + "\n")

    @property
    def network(self) -> NetworkSpec:
        """What is known of the network."""
        return NETWORKS[self.model]

    @property
    def has_teacher(self) -> bool:
        """Whether the network also learns from a pretrained one."""
        return bool(self.soft_labels or self.embedding_loss)

    @property
    def needs_embeddings(self) -> bool:
        """Whether a pretrained network has to hear all clips before the training."""
        return self.has_teacher or self.network.input_kind == "embedding"

    @property
    def pretrained_on(self) -> str:
        """The data that was learnt from before the data set, by the network or its teacher; "" for none."""
        return self.network.pretrained_on or ("AudioSet" if self.has_teacher else "")

    @property
    def feature_spec(self) -> FeatureSpec:
        """What turns audio into this network's input."""
        return FeatureSpec(
            kind=self.network.input_kind,
            sample_rate=self.sample_rate,
            duration_s=self.duration_s,
            n_mfcc=self.n_mfcc,
            crop_once=not self.new_crops,
        )


def unknown_settings(values: Mapping[str, Any]) -> list[str]:
    """The names among these that are no settings, neither now nor in older configurations."""
    return [name for name in values if _OLDER_NAMES.get(name, name) not in TrainConfig.model_fields]


def _rename(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings under their names of now; ConfigError for one that is given under both names."""
    for older, name in _OLDER_NAMES.items():
        if older in values and name in values:
            raise ConfigError(
                f"'{older}' is the older name of '{name}': received both, {values[older]!r} and "
                f"{values[name]!r}, expected one. Leave out '{older}'."
            )
    renamed = {_OLDER_NAMES.get(name, name): value for name, value in values.items()}
    if renamed.get("executor") == "together":
        renamed["executor"] = "vmapped"
    return renamed


def _explain(error: ValidationError) -> str:
    """One line for the first fault of a configuration."""
    fault = error.errors()[0]
    key = ".".join(str(part) for part in fault["loc"]) or "configuration"
    if fault["type"] == "extra_forbidden":
        return (
            f"Unknown setting '{key}' (value {_show(fault['input'])}): expected one of "
            f"{', '.join(TrainConfig.model_fields)}. Correct the name or leave it out."
        )
    message = fault["msg"].removeprefix("Value error, ")
    if key == "configuration":
        return f"Impossible configuration: {message}. Change that value."
    return (
        f"Impossible value for '{key}': received {_show(fault['input'])}; {message[0].lower()}{message[1:]}."
    )


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."

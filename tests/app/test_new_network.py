"""A network that one call registers is offered, trained and used like the others."""

from collections.abc import Callable, Iterator

import keras
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.models import NETWORKS, NetworkSpec, register
from fsat_core.prediction import predict_files
from fsat_core.runs import list_runs
from fsat_core.settings import Settings
from fsat_core.training.worker import run_worker


def spectrum_body(inputs: keras.KerasTensor) -> keras.KerasTensor:
    from keras import layers

    x = layers.Conv1D(8, 64, strides=16, activation="relu")(inputs)
    return layers.GlobalAveragePooling1D()(x)


@pytest.fixture
def spec() -> Iterator[NetworkSpec]:
    spec = NetworkSpec(
        name="filterbank",
        description="eight filters on raw audio at 8 kHz",
        input_kind="wave",
        sample_rate=8_000,
        body=spectrum_body,
        min_samples=4_000,
    )
    register(spec)
    yield spec
    del NETWORKS[spec.name]


def test_it_is_offered_trained_and_used(
    open_app: Callable[..., AppTest],
    settings: Settings,
    spec: NetworkSpec,
    launched: list[str],
) -> None:
    # A process of its own would not know a network that only this one has registered.
    app = open_app("train")
    networks = app.radio(key="train_model")
    assert networks.options[-1] == "**filterbank:** eight filters on raw audio at 8 kHz"
    app.segmented_control(key="train_recipe").set_value("quick")
    networks.set_value("filterbank").run()
    assert not app.exception
    assert app.number_input(key="train_sample_rate").value == 8_000
    assert app.number_input(key="train_n_mfcc").disabled
    app.number_input(key="train_duration_s").set_value(0.25).run()
    assert [error.value for error in app.error] == [
        "Impossible configuration: duration_s must be at least 0.50 s for filterbank at this rate. "
        "Change that value."
    ]
    app.number_input(key="train_duration_s").set_value(0.5).run()
    next(button for button in app.button if button.label == "Start training").click().run()
    assert not app.exception
    (run,) = list_runs(settings.runs_dir)
    assert run.config.model == "filterbank"

    status = run_worker(run, settings)
    assert status.state == "finished", status.error
    assert (run.path / "members.onnx").is_file()
    clip = settings.data_dir / "test" / "test_knock.wav"
    app = open_app("predict")
    app.file_uploader(key="predict_files").upload("knock.wav", clip.read_bytes()).run()
    assert not app.exception
    assert not app.error
    assert app.multiselect(key="runs").value == [run.run_id]
    (answer,) = predict_files([("knock.wav", clip)], [run])
    assert app.main.dataframe[0].value["Class"].tolist() == [answer.top(1)[0][0]]

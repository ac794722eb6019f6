"""The ONNX graph and the Keras child process answer alike, for both networks on both kinds of features."""

import base64
import json
import marshal
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
import soundfile as sf

from fsat_core.audio import Standardiser
from fsat_core.errors import RunError
from fsat_core.prediction import keras_process, predict_files
from fsat_core.prediction.members import Members, load_members
from fsat_core.prediction.onnx_member import OnnxMembers
from fsat_core.prediction.saved_network import load_network
from fsat_core.runs import Run
from fsat_core.training.export import export_members
from fsat_core.training.network import build_model

NewRun = Callable[..., Run]
NUM_WINDOWS = 70  # more than one batch


@pytest.fixture(autouse=True)
def children(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[keras_process.KerasMembers]]:
    """The child processes that a test starts, ended after it."""
    started: list[keras_process.KerasMembers] = []

    class Recorded(keras_process.KerasMembers):
        def __init__(self, run_dir: Path, folds: tuple[int, ...]) -> None:
            super().__init__(run_dir, folds)
            started.append(self)

    monkeypatch.setattr(keras_process, "KerasMembers", Recorded)
    yield started
    keras_process.open_process.cache_clear()
    for child in started:
        with child._process:  # closes its input, at whose end it leaves
            pass


def two_folds(new_run: NewRun, model: str) -> Run:
    """A run with two different, untrained networks, exported as one graph."""
    run = new_run(model, duration_s=1.0, n_mfcc=16)
    rng = np.random.default_rng(0)
    for fold in (0, 1):
        run.fold_dir(fold).mkdir()
        build_model(run.config, len(run.classes), seed=fold).save(run.fold_dir(fold) / "best.keras")
        if run.feature_spec.kind == "mfcc":
            features = rng.normal(3 * fold, 1 + fold, (5, *run.feature_spec.input_shape))
            Standardiser.fit(features.astype(np.float32)).save(run.fold_dir(fold) / "statistics.npz")
        (run.fold_dir(fold) / "oof.npy").touch()
    export_members(run)
    return run


def test_a_convolution_of_waves_is_followed_by_its_activation(new_run: NewRun) -> None:
    """ONNX Runtime joins the two where nothing lies between them."""
    graph = onnx.load(two_folds(new_run, "wave_cnn").path / "members.onnx").graph
    takers = {name: node.op_type for node in graph.node for name in node.input}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    assert {takers[node.output[0]] for node in convolutions} == {"Relu"}


def random_features(run: Run) -> np.ndarray:
    shape = (NUM_WINDOWS, *run.feature_spec.input_shape)
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def without_graph(run: Run, folds: list[int]) -> Members:
    (run.path / "members.onnx").rename(run.path / "set_aside")
    loaded = load_members(run, folds)
    (run.path / "set_aside").rename(run.path / "members.onnx")
    return loaded


@pytest.mark.parametrize("model", ["wave_cnn", "mfcc_cnn"])
def test_both_answer_alike(new_run: NewRun, model: str, children: list) -> None:
    run = two_folds(new_run, model)
    features = random_features(run)
    by_graph = load_members(run, [1, 0]).predict(features)
    assert not children
    by_child = without_graph(run, [1, 0]).predict(features)
    (child,) = children
    assert by_graph.shape == by_child.shape == (NUM_WINDOWS, 2, 3)
    np.testing.assert_allclose(by_graph, by_child, atol=1e-5)
    np.testing.assert_allclose(by_graph.sum(axis=2), 1, atol=1e-5)
    assert np.abs(by_graph[:, 0] - by_graph[:, 1]).max() > 1e-3
    np.testing.assert_allclose(child.predict(features[:1]), by_child[:1], atol=1e-6)  # it answers again


@pytest.mark.parametrize("model", ["wave_dummy", "mfcc_dummy"])
def test_folds_are_chosen_by_number(new_run: NewRun, model: str) -> None:
    run = two_folds(new_run, model)
    features = random_features(run)
    both = load_members(run, [0, 1]).predict(features)
    np.testing.assert_array_equal(load_members(run, [1]).predict(features), both[:, [1]])
    np.testing.assert_array_equal(load_members(run, [1, 0]).predict(features), both[:, [1, 0]])


@pytest.fixture
def damaged(finished_runs: dict[str, Run], tmp_path: Path) -> Run:
    """A copy of a finished run, to be damaged."""
    run = finished_runs["mfcc_dummy"]
    return Run(Path(shutil.copytree(run.path, tmp_path / run.run_id)))


@pytest.mark.parametrize("name", ["best.keras", "statistics.npz"])
@pytest.mark.parametrize("graph", [True, False], ids=["graph", "child"])
def test_a_missing_fold_file_is_named(damaged: Run, name: str, graph: bool) -> None:
    (damaged.fold_dir(1) / name).unlink()
    if not graph:
        (damaged.path / "members.onnx").unlink()
    with pytest.raises(RunError, match=rf"fold_01/{name} is missing.* leave that fold out") as caught:
        load_members(damaged, [0, 1])
    assert "\n" not in str(caught.value)


def test_no_fold_chosen(damaged: Run) -> None:
    with pytest.raises(RunError, match=r"\(finished\) has no saved fold: expected at least one"):
        load_members(damaged, [])


@pytest.mark.parametrize("content", [b"", b"not a graph", None], ids=["empty", "text", "cut"])
def test_a_damaged_graph_is_one_line(damaged: Run, content: bytes | None) -> None:
    graph = damaged.path / "members.onnx"
    graph.write_bytes(graph.read_bytes()[:2_000] if content is None else content)
    with pytest.raises(RunError, match=r"members\.onnx cannot be loaded.*Delete the file") as caught:
        load_members(damaged, [0])
    assert "\n" not in str(caught.value)


def test_the_graph_of_another_run_is_one_line(damaged: Run, finished_runs: dict[str, Run]) -> None:
    other = finished_runs["wave_dummy"].path / "members.onnx"
    shutil.copy(other, damaged.path / "members.onnx")
    with pytest.raises(RunError, match=r"members\.onnx cannot be loaded.*Delete the file"):
        load_members(damaged, [0])


def test_no_graph_is_written_without_what_standardises_its_input(damaged: Run) -> None:
    """It would answer, and wrongly."""
    (damaged.path / "members.onnx").unlink()
    (damaged.fold_dir(1) / "statistics.npz").unlink()
    with pytest.raises(RunError, match=r"fold_01/statistics\.npz cannot be read \(it is missing\)"):
        export_members(damaged)
    assert not (damaged.path / "members.onnx").exists()


def test_an_answer_of_nan_is_an_error_of_that_clip(
    damaged: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loud, quiet = (tmp_path / f"{name}.wav" for name in ("loud", "quiet"))
    noise = np.random.default_rng(0).uniform(-1, 1, 8_000)
    sf.write(loud, noise, 8_000)
    sf.write(quiet, noise / 100, 8_000)
    predict = OnnxMembers.predict

    def answer(self: OnnxMembers, features: np.ndarray) -> np.ndarray:
        answers = predict(self, features)
        return np.where(features.mean() > levels.pop(0), np.nan, answers)

    levels = [-1e9, 1e9]
    monkeypatch.setattr(OnnxMembers, "predict", answer)
    first, second = predict_files([("loud.wav", loud), ("quiet.wav", quiet)], [damaged])
    assert first.error.startswith(f"Run '{damaged.run_id}' answers with values that are not numbers")
    assert first.top(1) == []
    assert second.error == ""
    assert second.probabilities.sum() == pytest.approx(1)


def test_a_damaged_network_is_one_line(damaged: Run) -> None:
    (damaged.path / "members.onnx").unlink()
    (damaged.fold_dir(0) / "best.keras").write_bytes(b"not a network")
    loaded = load_members(damaged, [0])
    with pytest.raises(RunError, match=r"networks of run '.*' could not be loaded") as caught:
        loaded.predict(random_features(damaged))
    assert "\n" not in str(caught.value)


def rewrite(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """The same archive with other files in it."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def with_lambda(mark: Path) -> Callable[[dict[str, bytes]], None]:
    """A configuration whose layers run code as soon as a model is made of it, or is called."""

    def change(files: dict[str, bytes]) -> None:
        code = marshal.dumps(compile(f"open({str(mark)!r}, 'w')", "x", "eval"))
        function = {"class_name": "__lambda__", "config": {"code": base64.b64encode(code).decode()}}
        config = json.loads(files["config.json"])
        config["config"]["layers"].insert(
            1,
            {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "l", "function": function}},
        )
        config["module"], config["class_name"] = "os", "system"
        config["config"]["name"] = f"touch {mark}"
        files["config.json"] = json.dumps(config).encode()

    return change


@pytest.mark.parametrize("model", ["mfcc_cnn", "wave_cnn"])
def test_of_a_keras_file_only_the_weights_count(new_run: NewRun, tmp_path: Path, model: str) -> None:
    run, mark = two_folds(new_run, model), tmp_path / "ran"
    features = np.random.default_rng(1).normal(size=(3, *run.feature_spec.input_shape)).astype(np.float32)
    path = run.fold_dir(0) / "best.keras"
    expected = keras.models.load_model(path, compile=False).predict_on_batch(features)
    rewrite(path, with_lambda(mark))
    assert np.array_equal(load_network(run, 0).predict_on_batch(features), expected)
    assert not mark.exists()
    (run.path / "members.onnx").unlink()
    assert load_members(run, [0]).predict(features).shape == (3, 1, len(run.classes))
    assert not mark.exists()


def without_weights(files: dict[str, bytes]) -> None:
    del files["model.weights.h5"]


def with_a_bomb(files: dict[str, bytes]) -> None:
    files["model.weights.h5"] = bytes(200_000_000)


def with_other_weights(files: dict[str, bytes]) -> None:
    files["model.weights.h5"] = files["model.weights.h5"][:1_000]


@pytest.mark.parametrize("change", [without_weights, with_a_bomb, with_other_weights])
def test_a_keras_file_without_its_weights_is_one_line(
    new_run: NewRun, change: Callable[[dict[str, bytes]], None]
) -> None:
    run = two_folds(new_run, "mfcc_dummy")
    rewrite(run.fold_dir(0) / "best.keras", change)
    with pytest.raises(
        RunError, match=r"fold_00/best\.keras cannot be used; expected the weights of mfcc_dummy"
    ):
        load_network(run, 0)


def test_weights_of_another_network_are_refused(new_run: NewRun) -> None:
    run = two_folds(new_run, "mfcc_dummy")
    build_model(run.config, len(run.classes) + 1).save(run.fold_dir(0) / "best.keras")
    with pytest.raises(RunError, match="leave fold 0 out"):
        load_network(run, 0)

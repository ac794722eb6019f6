"""A bundle answers without the program as the program does, where nothing but its four packages is there."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from fsat_core.labels import Decision, LabelStore
from fsat_core.report.bundle import REQUIREMENTS, bundle_runs
from fsat_core.runs import Run
from fsat_core.settings import Settings
from fsat_core.training.worker import run_worker
from tests.helpers.bundles import link_packages, run_script, run_tag, unpack
from tests.helpers.commands import Command
from tests.helpers.embedders import lend_yamnet
from tests.helpers.odd_sounds import write_odd_sounds

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
LICENCE = "Licensed under the Apache License, Version 2.0"


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Sounds of every kind, and four files that are none, or not all of one."""
    folder = tmp_path_factory.mktemp("sounds")
    (folder / "text.wav").write_text("no sound")
    (folder / "empty.wav").touch()
    sounds = write_odd_sounds(folder)
    (folder / "cut.wav").write_bytes(sounds[0].read_bytes()[:300_000])
    return [folder / "text.wav", *sounds, *(folder / f"{name}.wav" for name in ("empty", "gone", "cut"))]


@pytest.fixture
def head(command: Command, settings: Settings) -> Run:
    """A trained network on what YAMNet hears."""
    lend_yamnet(settings.cache_dir)
    return Run(Path(command.json("train", "--model", "yamnet_head", "--recipe", "quick")["run_dir"]))


def answers_alike(command: Command, runs: list[Run], folder: Path, sounds: list[Path]) -> Path:
    """The folder of a bundle whose script was seen to answer as `predict` does."""
    where = ("--runs", runs[0].path.parent)
    run_ids = [run.run_id for run in runs]
    assert command.json("bundle", "--run", *run_ids, *where, "--out", folder.with_suffix(".zip"))
    bundle = unpack(folder.with_suffix(".zip").read_bytes(), folder)
    packages = link_packages(bundle / "requirements.txt", folder / "packages")
    said = run_tag(bundle, packages, sounds)
    asked = [word for run_id in run_ids for word in ("--run", run_id)]
    expected = command.json("predict", *sounds, *asked, *where, "--top", 0)
    assert [answer["file"] for answer in said] == [answer["file"] for answer in expected]
    for own, other in zip(said, expected, strict=True):
        assert bool(own["error"]) == bool(other["error"]), own
        assert own["error"] is None or (own["labels"] == [] and len(own["error"].splitlines()) == 1)
        found = {row["label"]: row["probability"] for row in own["labels"]}
        wanted = {row["label"]: row["probability"] for row in other["labels"]}
        assert found.keys() == wanted.keys()
        differences = [abs(found[name] - wanted[name]) for name in found]
        assert max(differences, default=0) <= 1e-4, own["file"]
    return bundle


def test_networks_of_three_kinds_answer_together_as_the_program_does(
    command: Command,
    settings: Settings,
    finished_runs: dict[str, Run],
    head: Run,
    tmp_path: Path,
    sounds: list[Path],
) -> None:
    runs = [head, *finished_runs.values()]
    for run in runs[1:]:
        (settings.runs_dir / run.run_id).symlink_to(run.path)
    bundle = answers_alike(command, runs, tmp_path / "all", sounds)
    script = [line for line in (bundle / "tag.py").read_text().splitlines() if line]
    assert len(script) <= 20
    card = (bundle / "README.md").read_text()
    for words in (
        "pretrained on AudioSet",
        "All together",
        "A weighted mean of the runs",
        "95 % interval",
        "was not tested on",
        runs[1].run_id,
    ):
        assert words in card
    assert LICENCE in (bundle / "LICENSE-yamnet.txt").read_text()
    assert "TensorFlow Authors" in (bundle / "NOTICE.txt").read_text()
    assert "LICENSE-yamnet.txt" in card


def test_runs_without_weights_answer_together_as_the_program_does(
    command: Command,
    finished_runs: dict[str, Run],
    tmp_path: Path,
    sounds: list[Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fsat_core.prediction.choice.can_be_weighed", lambda runs: False)
    bundle = answers_alike(command, list(finished_runs.values()), tmp_path / "plain", sounds)
    assert "The geometric mean of all networks" in (bundle / "README.md").read_text()


def test_a_network_of_several_labels_and_the_card_of_a_label_set(
    command: Command, settings: Settings, new_run: Callable[..., Run], tmp_path: Path, sounds: list[Path]
) -> None:
    table = settings.data_dir / "train_curated.csv"
    header, *rows = table.read_text().splitlines()
    rows = [f"{row},{'CC0' if at % 2 else 'CC-BY'}" for at, row in enumerate(rows)]
    table.write_text("\n".join([f"{header},license", *rows]) + "\n")
    with LabelStore.open(settings.database_url) as store:
        store.add(Decision("curated/bark_0.wav", "ada", "relabel", "Bark,Meow"))
    command("labels", "sets", "make", "heard")
    run = new_run("mfcc_dummy", task="multi", n_folds=3, label_set="heard")
    assert run_worker(run, settings).state == "finished"
    other = new_run("wave_dummy", task="multi", n_folds=2, label_set="heard")
    assert run_worker(other, settings).state == "finished"
    answers_alike(command, [run, other], tmp_path / "both", sounds)
    card = (answers_alike(command, [run], tmp_path / "multi", sounds) / "README.md").read_text()
    for words in (
        "label set 'heard'",
        "decided by ada on 1 clip",
        "CC0 (7)",
        "CC-BY (7)",
        "Folds: 3",
        "ranked above",
    ):
        assert words in card, card


def test_the_script_can_be_imported_and_reads_a_file_again(
    command: Command, finished_runs: dict[str, Run], sounds: list[Path], tmp_path: Path
) -> None:
    bundle = unpack(bundle_runs([finished_runs["wave_dummy"]], tmp_path), tmp_path / "bundle")
    packages = link_packages(bundle / "requirements.txt", tmp_path / "packages")
    use = tmp_path / "use.py"
    use.write_text(
        "import json, shutil, sys\n"
        f"sys.path.insert(0, {str(bundle)!r})\n"
        "from tag import tag\n"
        "found = []\n"
        "for path in sys.argv[1:]:\n"
        "    shutil.copy(path, 'now.wav')\n"
        "    found.append(tag('now.wav'))\n"
        "print(json.dumps(found))\n"
    )
    (answers,) = run_script(use, packages, sounds[1:3], cwd=tmp_path)
    assert answers[0].keys() == answers[1].keys() == set(finished_runs["wave_dummy"].classes)
    assert answers[0] != answers[1]
    assert list(answers[0].values()) == sorted(answers[0].values(), reverse=True)
    assert "plotly" not in {path.name for path in packages.iterdir()}


def test_a_script_that_needs_a_fifth_package_fails_here(
    finished_runs: dict[str, Run], sounds: list[Path], tmp_path: Path
) -> None:
    bundle = unpack(bundle_runs([finished_runs["wave_dummy"]], tmp_path), tmp_path / "bundle")
    packages = link_packages(bundle / "requirements.txt", tmp_path / "packages")
    (bundle / "sound.py").write_text("import scipy\n" + (bundle / "sound.py").read_text())
    with pytest.raises(AssertionError, match="No module named 'scipy'"):
        run_script(bundle / "tag.py", packages, sounds[1:2])


def test_its_packages_are_those_of_the_program() -> None:
    needed = tomllib.loads(PROJECT.read_text())["project"]["dependencies"]
    assert set(REQUIREMENTS) <= set(needed)


def test_a_run_without_a_graph_is_not_bundled(command: Command, trained: Run, tmp_path: Path) -> None:
    error = command.error("bundle", "--run", "none", "--out", tmp_path / "a.zip")
    assert "none" in error
    where = ("--runs", trained.path.parent)
    error = command.error("bundle", "--run", trained.run_id, "--out", tmp_path, *where)
    assert "expected the name of a file" in error

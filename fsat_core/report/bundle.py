"""The networks of some runs as one ZIP, which answers without this program."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import scipy.fft

from fsat_core.audio.features import FeatureSpec
from fsat_core.audio.mel import N_MELS, mel_filters
from fsat_core.embedding.log_mel import mel_weights
from fsat_core.embedding.pretrained import weights_path
from fsat_core.errors import ConfigError, RunError
from fsat_core.prediction.choice import default_combination
from fsat_core.prediction.onnx_member import check_shapes, open_session
from fsat_core.prediction.together import weights_of
from fsat_core.report.card import model_card
from fsat_core.runs import Run

REQUIREMENTS = ("numpy>=2.1,<3", "soundfile>=0.13,<1", "soxr>=0.5,<2", "onnxruntime>=1.22,<2")

_FILES = Path(__file__).with_name("bundled")  # no package: they are read, and run elsewhere
_SCRIPTS = ("tag.py", "sound.py")
_YAMNET = "yamnet.onnx"
_LICENCES = {"NOTICE.txt": "NOTICE.txt", "LICENSE-yamnet.txt": "Apache-2.0.txt"}


def bundle_runs(runs: Sequence[Run], cache_dir: Path, label_sets: Mapping[str, str] | None = None) -> bytes:
    """A ZIP with all folds of some finished runs, and what is needed to ask them.

    Parameters
    ----------
    runs : sequence of Run
    cache_dir : Path
        Where the pretrained network is, which some runs build on.
    label_sets : mapping, optional
        What the card says of a label set, by its name: see `describe_label_set`.

    Raises
    ------
    RunError
        If no run is given, or one is not finished or has no `members.onnx`.
    ConfigError
        If a run builds on a pretrained network that is not there.
    """
    if not runs:
        raise RunError("No run was chosen: expected at least one finished run. Choose one.")
    classes = list(dict.fromkeys(name for run in runs for name in run.classes))
    combination = default_combination(runs)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        parts = [_add_run(archive, run, classes) for run in runs]
        if combination == "weighted":
            for part, weight in zip(parts, weights_of(runs), strict=True):
                part["weight"] = float(weight)
        content = {
            "classes": classes,
            "normalise": all(run.config.task == "single" for run in runs),
            "combine": combination,
            "runs": parts,
        }
        if any(run.feature_spec.kind == "embedding" for run in runs):
            archive.writestr(_YAMNET, _pretrained(cache_dir))
            for name, source in _LICENCES.items():
                archive.writestr(name, (_FILES / source).read_bytes())
        for name in _SCRIPTS:
            archive.writestr(name, (_FILES / name).read_bytes())
        archive.writestr("bundle.json", json.dumps(content, indent=1))
        archive.writestr("requirements.txt", "\n".join(REQUIREMENTS) + "\n")
        archive.writestr("README.md", model_card(runs, label_sets or {}).encode(errors="replace"))
    return file.getvalue()


def _add_run(archive: zipfile.ZipFile, run: Run, classes: list[str]) -> dict[str, Any]:
    """Write the graph of a run, and what its features need; returns what `bundle.json` says of it."""
    graph = run.path / "members.onnx"
    if run.state != "finished" or not graph.is_file():
        raise RunError(
            f"Run '{run.run_id}' ({run.state}) has no members.onnx: expected a finished run with its graph. "
            "Resume it, or leave it out."
        )
    session = open_session(graph, graph.stat().st_mtime_ns)
    check_shapes(session, run)
    archive.writestr(f"{run.run_id}/members.onnx", graph.read_bytes())  # a file may be older than ZIP knows
    features: dict[str, Any] = asdict(run.feature_spec)
    if arrays := _matrices(run.feature_spec):
        features["matrices"] = f"{run.run_id}/matrices.npz"
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, **arrays)
        archive.writestr(features["matrices"], content.getvalue())
    if run.feature_spec.kind == "embedding":
        features["graph"] = _YAMNET
    return {
        "run": run.run_id,
        "graph": f"{run.run_id}/members.onnx",
        "input": session.get_inputs()[0].name,
        "features": features,
        "columns": [classes.index(name) for name in run.classes],
    }


def _matrices(spec: FeatureSpec) -> dict[str, np.ndarray]:
    if spec.kind == "embedding":
        return {"mel": mel_weights()}
    if spec.kind == "wave":
        return {}
    cosines = scipy.fft.dct(np.eye(N_MELS), axis=1, norm="ortho").T[: spec.n_mfcc]
    return {"mel": mel_filters(spec.sample_rate, spec.n_fft), "dct": cosines.astype(np.float32)}


def _pretrained(cache_dir: Path) -> bytes:
    try:
        return weights_path(cache_dir).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"YAMNet, which a run builds on, is not on this machine: expected its weights in "
            f"{cache_dir / 'pretrained'}. Run `fsat pretrained` once."
        ) from error

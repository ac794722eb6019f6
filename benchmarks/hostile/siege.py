"""Tries known attacks on the program, and says of each what came of it.

Every function yields pairs: an attack in words, and what it achieved, which is "" where it was repelled. An
attack achieves something if it gets a secret out, leaves a mark, ends in an error that is not meant for
people, or keeps what is good beside it from being taken.
"""

import io
import json
import pickle  # nosec B403  # only written here; that nothing reads it is what is tried
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
from onnx import TensorProto, helper
from websockets.exceptions import ConnectionClosed

from benchmarks.hostile import attacks
from benchmarks.hostile.visitor import Visitor, ask
from fsat_core.dataset import clip_path, open_dataset, scan
from fsat_core.errors import FsatError
from fsat_core.labels import Decision, LabelStore, Queue, create_label_set, read_import, resolve
from fsat_core.labels.board.inbox import Inbox
from fsat_core.labels.board.protocol import read_post
from fsat_core.labels.resolve import LatestRule
from fsat_core.prediction import predict_files
from fsat_core.prediction.members import load_members
from fsat_core.prediction.onnx_member import open_session
from fsat_core.runs import Run, find_run, read_notes, save_notes
from fsat_core.runs.predictions import load_oof
from fsat_core.runs.saved_folds import SavedFolds
from tools.app_server import REPOSITORY, AppServer
from ui.shared.texts import explain, plain

Outcome = tuple[str, str]
_OWN = ("app.py", "pages/", "ui/", "fsat_core/")
_PYTHON = re.compile(r"Traceback|[a-z]Error\b|Exception\b|<class '|\bself\b|site-packages")


def attempt(what: str, attack: Callable[..., object], *given: object) -> Outcome:
    """What an attack achieves: nothing where it is done without an error, or ends in one meant for people."""
    try:
        attack(*given)
    except FsatError as error:
        return what, _fault_of(str(error))
    except Exception as error:  # whatever else it is, nobody was meant to see it
        return what, f"{type(error).__name__}: {error}"[:200]
    return what, ""


def _fault_of(message: str) -> str:
    """What is wrong with a message for people."""
    if attacks.SECRET in message:
        return "the secret is out"
    if found := _PYTHON.search(message):
        return f"says '{found[0]}': {message[:200]}"
    try:
        explain(message).encode()
    except UnicodeEncodeError:
        return "cannot be shown"
    return ""


def on_the_board(store: LabelStore, clip_id: str) -> Iterator[Outcome]:
    """Messages of the board of the page Label."""
    queue = Queue(1, "By hand", "random", {}, "", pd.DataFrame({"clip_id": [clip_id], "reason": ""}))
    inbox = Inbox(store, {1: queue}.__getitem__, ["Bark"])
    for value in attacks.POSTS:
        yield attempt(f"post {str(value)[:60]}", read_post, value)
    for number, value in enumerate(attacks.OPS):
        good = attacks.DECISION | {"token": f"good-{number}", "clip_id": clip_id}

        def send(value: object = value, good: dict = good) -> None:
            bad = (
                value | {"clip_id": value["clip_id"] or clip_id}
                if isinstance(value, dict) and "token" in value
                else value
            )
            receipt = inbox.take([bad, good], store.decisions())
            if good["token"] not in receipt.stored:
                raise RuntimeError(f"kept the next decision out: {receipt}"[:200])
            json.dumps([receipt.refused, receipt.error]).encode()

        yield attempt(f"operation {str(value)[:80]}", send)


def in_imports(data_dir: Path, cache_dir: Path) -> Iterator[Outcome]:
    """Files of labels."""
    dataset = open_dataset(data_dir)
    catalogue = scan(dataset, cache_dir)
    labels = catalogue[["clip_id", "labels"]].assign(status="untouched", denied="")
    for name, content in attacks.IMPORTS:

        def read(name: str = name, content: bytes = content) -> None:
            file = io.BytesIO(content)
            file.name = name
            found = read_import(file, labels, dataset.classes, skip_unknown=True)
            found.decisions("ada")

        yield attempt(f"import {name} {content[:40]!r}", read)


def in_names(runs_dir: Path, run: Run, store: LabelStore) -> Iterator[Outcome]:
    """Names of runs, annotators, tags, notes and label sets; and as text on a page."""
    source = pd.DataFrame({"clip_id": ["curated/a.wav"], "labels": ["Bark"]})
    resolved = source.assign(status="untouched", denied="")
    for name in attacks.NAMES:
        short = name[:40]
        yield attempt(f"run {short!r}", _find, runs_dir, name)
        yield attempt(f"tag {short!r}", partial(save_notes, run, tags=[name]))
        yield attempt(f"note {short!r}", partial(save_notes, run, note=name))
        yield attempt(f"annotator {short!r}", _decide_as, store, name)
        make_set = partial(create_label_set, store, name, resolved, rule=LatestRule())
        yield attempt(f"label set {short!r}", make_set)
        yield f"text {short!r}", _markdown_in(name)
    yield attempt("all decisions", lambda: resolve(store.decisions(), source, LatestRule()))


def _find(runs_dir: Path, name: str) -> None:
    raise RuntimeError(f"found {find_run(runs_dir, name).path}")


def _decide_as(store: LabelStore, name: str) -> None:
    store.add(Decision("curated/a.wav", name, "unsure"))


def _markdown_in(name: str) -> str:
    left = re.sub(r"\\[!-/:-@\[-`{-~]", "x", plain(name))
    found = re.search(r"[`*\[\]<$~|]|://|:\w+\[|:material/|:red|^\s*[#>+-]", left)
    return f"Markdown in {left[:60]!r}" if found else ""


def in_tables(data_dir: Path, cache_dir: Path) -> Iterator[Outcome]:
    """Names of clips and classes in the table of a data set."""
    table = data_dir / "train_curated.csv"
    original = table.read_text()
    outside = data_dir.parent / "outside.wav"
    shutil.copy(next((data_dir / "train_curated").glob("*.wav")), outside)
    for name in [
        "../../outside.wav",
        str(outside),
        "./../../outside.wav",
        "x/../../../outside.wav",
        *attacks.NAMES,
    ]:

        def read(name: str = name) -> None:
            row = pd.DataFrame({"fname": [name], "labels": ["Bark"]}).to_csv(index=False, header=False)
            table.write_text(original.rstrip("\n") + "\n" + row, encoding="utf-8")
            dataset = open_dataset(data_dir)
            catalogue = scan(dataset, cache_dir)
            clip = catalogue[catalogue["split"] == "curated"].iloc[-1]
            if clip["fname"] in original:
                return  # a comment, not a clip
            if clip["error"] == "":
                raise RuntimeError(f"took {clip['fname']} for a clip")
            with suppress(FsatError, ValueError, OSError):
                if clip_path(dataset, clip["clip_id"]).is_file():
                    raise RuntimeError(f"opens {clip['fname']}")

        yield attempt(f"clip {name[:40]!r}", read)
    table.write_text(original)


def in_a_run(run: Run, folder: Path) -> Iterator[Outcome]:
    """Files of a run's folder, each in a copy of it."""
    mark, secret = folder / "mark", folder / "secret"
    secret.write_text(attacks.SECRET)
    for name, (spoil, read) in _SPOILED.items():
        copy = Run(Path(shutil.copytree(run.path, folder / "runs" / name)))
        spoil(copy, mark, secret)
        outcome = attempt(f"run with {name}", _read_without_secret, read, copy)
        yield (outcome[0], "ran code") if mark.exists() else outcome


def _read_without_secret(read: Callable[[Run], object], run: Run) -> None:
    answer = read(run)
    if attacks.SECRET in str(answer) or attacks.SECRET.encode() in np.asarray(answer).tobytes()[:10_000]:
        raise RuntimeError("the secret is out")


class _Bomb:
    """Makes a file as soon as it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.mark,)


def _pickled(name: str) -> Callable[[Run, Path, Path], None]:
    def spoil(run: Run, mark: Path, secret: Path) -> None:
        (run.path / name).write_bytes(pickle.dumps(_Bomb(mark)))

    return spoil


def _pickled_array(name: str) -> Callable[[Run, Path, Path], None]:
    def spoil(run: Run, mark: Path, secret: Path) -> None:
        array = np.array([_Bomb(mark)], dtype=object)
        if name.endswith(".npz"):
            np.savez(run.path / name, mean=array, std=array)
        else:
            np.save(run.path / name, array, allow_pickle=True)

    return spoil


def _linked(name: str) -> Callable[[Run, Path, Path], None]:
    def spoil(run: Run, mark: Path, secret: Path) -> None:
        (run.path / name).unlink(missing_ok=True)
        (run.path / name).symlink_to(secret)

    return spoil


def _graph_with_file_from_outside(run: Run, mark: Path, secret: Path) -> None:
    shape = (1, *run.feature_spec.input_shape)
    tensor = TensorProto(name="s", data_type=TensorProto.UINT8, dims=[len(attacks.SECRET)])
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", f"../../{secret.name}"), ("length", str(len(attacks.SECRET)))):
        tensor.external_data.add(key=key, value=value)
    node = helper.make_node("Identity", ["s"], ["y"])
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info("y", TensorProto.UINT8, [len(attacks.SECRET)])]
    graph = helper.make_graph([node], "g", inputs, outputs, [tensor])
    (run.path / "members.onnx").write_bytes(helper.make_model(graph).SerializeToString())
    onnx.load_model_from_string((run.path / "members.onnx").read_bytes())


def _run_graph(run: Run) -> object:
    session = open_session(run.path / "members.onnx", 0)
    return session.run(None, {"input": np.zeros((1, *run.feature_spec.input_shape), np.float32)})[0]


def _text(name: str, text: str) -> Callable[[Run, Path, Path], None]:
    def spoil(run: Run, mark: Path, secret: Path) -> None:
        (run.path / name).write_text(text)

    return spoil


_SPOILED: dict[str, tuple[Callable[[Run, Path, Path], None], Callable[[Run], object]]] = {
    "a pickle for oof.npy": (_pickled("fold_00/oof.npy"), lambda run: SavedFolds(run).read(0)),
    "a pickle in test.npy": (
        _pickled_array("fold_00/test.npy"),
        lambda run: SavedFolds(run).read(0),
    ),
    "a pickle for oof.parquet": (_pickled("oof.parquet"), load_oof),
    "a pickle for members.onnx": (_pickled("members.onnx"), lambda run: load_members(run, [0])),
    "a graph with a file from outside": (_graph_with_file_from_outside, _run_graph),
    "a link for its log": (_linked("worker.log"), lambda run: run.log_tail()),
    "a link for its notes": (_linked("notes.json"), read_notes),
    "a link for its classes": (_linked("classes.json"), lambda run: run.classes),
    "a link for its labels": (_linked("labels.csv"), lambda run: run.labels()),
    "a link for its scores": (_linked("scores.json"), lambda run: run.scores),
    "a link for its configuration": (_linked("config.json"), lambda run: run.config),
    "brackets for classes": (_text("classes.json", "[" * 100_000), lambda run: run.classes),
    "brackets for a configuration": (_text("config.json", "[" * 100_000), lambda run: run.config),
    "a long number in its scores": (
        _text("scores.json", '{"lwlrap": ' + "9" * 5_000 + "}"),
        lambda run: run.scores,
    ),
    "a huge note": (_text("notes.json", json.dumps({"note": "x" * 10_000_000})), read_notes),
    "a half character in its note": (_text("notes.json", '{"note": "\\ud800"}'), read_notes),
    "an unknown network": (_text("config.json", '{"model": "os.system"}'), lambda run: run.config),
}


def in_uploads(run: Run) -> Iterator[Outcome]:
    """Files dragged into Predict."""
    for name, content in attacks.UPLOADS:

        def tag(name: str = name, content: bytes = content) -> None:
            (answer,) = predict_files([(name, io.BytesIO(content))], [run])
            if not answer.error:
                raise RuntimeError("taken for a sound")
            if fault := _fault_of(answer.error):
                raise RuntimeError(fault)

        yield attempt(f"upload {name[:40]!r} {content[:20]!r}", tag)


def over_http(server: AppServer, secret: Path) -> Iterator[Outcome]:
    """Requests of any kind."""
    places = {"secret": str(secret).lstrip("/"), "quoted": str(secret).replace("/", "%2f")}
    for method, pattern in attacks.REQUESTS:
        path = pattern.format(**places) if "{" in pattern else pattern

        def send(method: str = method, path: str = path) -> None:
            status, headers, body = ask(server.url, method, path)
            if attacks.SECRET.encode() in body or b"def route()" in body or b"[server]" in body:
                raise RuntimeError("a file of the server is out")
            if status >= 500:
                raise RuntimeError(f"status {status}")
            if headers.get("location", "").startswith(("//", "http")):
                raise RuntimeError(f"sends on to {headers['location']}")

        yield attempt(f"{method} {path[:80]}", send)
    yield from _still_answers(server)


def through_the_socket(server: AppServer) -> Iterator[Outcome]:
    """What is no message."""
    for frame in attacks.FRAMES:

        def send(frame: bytes = frame) -> None:
            with Visitor(server.url) as visitor:
                visitor.open()
                visitor.send(frame)
                with suppress(ConnectionClosed, TimeoutError):
                    visitor.open("clips")

        yield attempt(f"frame {frame[:20]!r}", send)
    yield from _still_answers(server)


def in_addresses(server: AppServer, every: int = 1) -> Iterator[Outcome]:
    """Query parameters of all pages; of all these attacks, every so many-th."""
    tries = [
        (page, name, value)
        for page, names in attacks.PARAMETERS.items()
        for name in names
        for value in attacks.VALUES
    ]
    with Visitor(server.url) as visitor:
        visitor.open()
        for page, name, value in tries[::every]:

            def visit(page: str = page, name: str = name, value: str = value) -> None:
                answer = visitor.open(page, attacks.query(name, value))
                if answer.faults:
                    raise RuntimeError(f"uncaught: {answer.faults}")
                if not answer.text:
                    raise RuntimeError("draws nothing")
                if "](http" in answer.text.replace("\\](http", "") or str(server.runs_dir) in answer.text:
                    raise RuntimeError(f"says {answer.text[-300:]}")
                if attacks.SECRET in answer.text:
                    raise RuntimeError("the secret is out")

            yield attempt(f"/{page}?{name}={value[:40]!r}", visit)
    yield from _still_answers(server)


def _still_answers(server: AppServer) -> Iterator[Outcome]:
    yield attempt("the next visitor", lambda: ask(server.url, "GET", "/_stcore/health")[0] == 200)
    traces = server.log().split("Traceback")[1:]  # Streamlit's own are about messages that are none
    ours = [trace for trace in traces if any(f"{REPOSITORY}/{name}" in trace for name in _OWN)]
    yield "the server's log", ours[0][:1_500] if ours else ""

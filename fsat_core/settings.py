"""Where data, runs and caches live. The only place that reads the program's environment variables."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from fsat_core.errors import ConfigError

DEFAULT_MAX_CLIP_S = 14_400.0
SMALLEST_MAX_CLIP_S, _LARGEST_MAX_CLIP_S = 60.0, 1e7  # a minute to 115 days


@dataclass(frozen=True)
class Settings:
    """Folders of one installation.

    Parameters
    ----------
    data_dir : Path
        The data set. Without one configured, the demo set in `demo_dir`.
    runs_dir : Path
        One folder per training run.
    cache_dir : Path
        Catalogue, features, locks and the demo set; can be deleted at any time while nothing runs.
    dask_scheduler : str
        Address of the Dask cluster for the executor `dask`; "" for none.
    given_database_url : str
        Where labels are kept, if not where `database_url` has them by default.
    read_truncated : bool
        Whether files that hold much less than their header promises are read, as far as they go.
    max_clip_s : float
        The longest clip that is read, in seconds.
    """

    data_dir: Path
    runs_dir: Path
    cache_dir: Path
    dask_scheduler: str = ""
    given_database_url: str = ""
    read_truncated: bool = False
    max_clip_s: float = DEFAULT_MAX_CLIP_S

    @property
    def demo_dir(self) -> Path:
        """Where the demo set is written."""
        return self.cache_dir / "demo"

    @property
    def uses_demo(self) -> bool:
        """True when no data set is configured."""
        return self.data_dir == self.demo_dir

    @property
    def database_url(self) -> str:
        """The label database: one per data set. By default a SQLite file beside the runs.

        The demo set has a file of its own, so that decisions on it never mix with real ones.
        """
        file = self.runs_dir / ("labels-demo.db" if self.uses_demo else "labels.db")
        return self.given_database_url or f"sqlite:///{''.join(map(_quoted, str(file)))}"

    @classmethod
    def from_environment(cls, data_dir: Path | None = None, runs_dir: Path | None = None) -> "Settings":
        """Settings from the `FSAT_*` environment variables; arguments win over them.

        Raises
        ------
        ConfigError
            As `max_clip_s`; or if a folder is in a home folder, or the working folder, and there is none.
        """
        cache_dir = _folder("FSAT_CACHE_DIR", Path("~/.cache/fsat"))
        return cls(
            data_dir=_absolute("FSAT_DATA_DIR", data_dir or _folder("FSAT_DATA_DIR", cache_dir / "demo")),
            runs_dir=_absolute("FSAT_RUNS_DIR", runs_dir or _folder("FSAT_RUNS_DIR", Path("runs"))),
            cache_dir=_absolute("FSAT_CACHE_DIR", cache_dir),
            dask_scheduler=os.environ.get("FSAT_DASK_SCHEDULER", "").strip(),
            given_database_url=os.environ.get("FSAT_DATABASE_URL", "").strip(),
            read_truncated=reads_truncated(),
            max_clip_s=max_clip_s(),
        )

    def environment(self) -> dict[str, str]:
        """The environment variables that give a child process these same settings."""
        return {
            "FSAT_DATA_DIR": str(self.data_dir),
            "FSAT_RUNS_DIR": str(self.runs_dir),
            "FSAT_CACHE_DIR": str(self.cache_dir),
            "FSAT_DASK_SCHEDULER": self.dask_scheduler,
            "FSAT_DATABASE_URL": self.given_database_url,
            "FSAT_READ_TRUNCATED": "1" if self.read_truncated else "",
            "FSAT_MAX_CLIP_S": str(self.max_clip_s),
        }


def reads_truncated() -> bool:
    """Whether `FSAT_READ_TRUNCATED` says so: a function too, since whoever reads a header asks."""
    return os.environ.get("FSAT_READ_TRUNCATED", "").strip().lower() in ("1", "true", "yes", "on")


def max_clip_s() -> float:
    """The longest clip that is read, in seconds: `FSAT_MAX_CLIP_S`, or 4 hours.

    Raises
    ------
    ConfigError
        If it is not a number of at least 60.
    """
    given = os.environ.get("FSAT_MAX_CLIP_S", "").strip()
    if not given:
        return DEFAULT_MAX_CLIP_S
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not SMALLEST_MAX_CLIP_S <= seconds <= _LARGEST_MAX_CLIP_S:
        raise ConfigError(
            f"FSAT_MAX_CLIP_S={given!r}, expected a number of seconds from {SMALLEST_MAX_CLIP_S:.0f} to "
            f"{_LARGEST_MAX_CLIP_S:,.0f}; correct or unset it."
        )
    return seconds


def _quoted(character: str) -> str:
    """A character of a path in an address; bytes that are not UTF-8 stay as Python keeps them in names."""
    return character if "\ud800" <= character <= "\udfff" else quote(character)


def _folder(variable: str, default: Path) -> Path:
    path = Path(os.environ.get(variable, "").strip() or default)
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise _no_folder(variable, path, "no such home folder") from error


def _absolute(variable: str, path: Path) -> Path:
    try:
        return path.absolute()
    except OSError as error:
        raise _no_folder(variable, path, "the working folder is gone") from error


def _no_folder(variable: str, path: Path, reason: str) -> ConfigError:
    return ConfigError(f"{path}: {reason}, expected a folder. Set {variable} to one, from its root.")

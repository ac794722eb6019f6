"""Where data, runs and caches live. The only place that reads the program's environment variables."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from fsat_core.errors import ConfigError

DEFAULT_MAX_CLIP_S = 14_400.0
DEFAULT_RECORD_URL = "https://zenodo.org/api/records/3612637"  # FSDKaggle2019
DEFAULT_CLIP_CACHE_GB = 10.0
SMALLEST_MAX_CLIP_S, _LARGEST_MAX_CLIP_S = 60.0, 1e7  # a minute to 115 days
DEMO, DEFAULT = "demo", "default"  # names of sets that nobody has to list
_SET_IN_URL = "{set}"
_CACHE_DIR = Path("~/.cache/fsat")
_VARIABLES = (  # that settings come from
    "HOME",
    "FSAT_DATA_DIR",
    "FSAT_RUNS_DIR",
    "FSAT_CACHE_DIR",
    "FSAT_DASK_SCHEDULER",
    "FSAT_SLURM",
    "FSAT_DATABASE_URL",
    "FSAT_READ_TRUNCATED",
    "FSAT_MAX_CLIP_S",
    "FSAT_CLIP_CACHE_GB",
    "FSAT_DATA_SETS",
    "FSAT_NOTIFY_URLS",
    "FSAT_RECORD_URL",
)


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
    slurm : str
        What the executor `slurm` asks for, as `SlurmOptions` reads it; "" for no Slurm.
    given_database_url : str
        Where labels are kept, if not where `database_url` has them by default.
    read_truncated : bool
        Whether files that hold much less than their header promises are read, as far as they go.
    max_clip_s : float
        The longest clip that is read, in seconds.
    clip_cache_gb : float
        How much of the cache folder copies of clips from elsewhere may take, in GB.
    listed_sets : tuple of (str, Path)
        The data sets that visitors of the app choose from, by name.
    notify_urls : str
        Where a message is sent when a run has ended: addresses as Apprise has them.
    record_url : str
        What `download` brings: a record in Zenodo's REST API.
    """

    data_dir: Path
    runs_dir: Path
    cache_dir: Path
    dask_scheduler: str = ""
    slurm: str = ""
    given_database_url: str = field(default="", repr=False)  # with a password, perhaps
    read_truncated: bool = False
    max_clip_s: float = DEFAULT_MAX_CLIP_S
    clip_cache_gb: float = DEFAULT_CLIP_CACHE_GB
    listed_sets: tuple[tuple[str, Path], ...] = ()
    notify_urls: str = field(default="", repr=False)  # they hold secrets
    record_url: str = DEFAULT_RECORD_URL

    @property
    def demo_dir(self) -> Path:
        """Where the demo set is written."""
        return self.cache_dir / "demo"

    @property
    def uses_demo(self) -> bool:
        """True when no data set is configured."""
        return self.data_dir == self.demo_dir

    @property
    def set_name(self) -> str:
        """The name of the data set: as it is listed, `demo`, or `default`."""
        if self.listed_sets:
            here = self.data_dir.resolve()
            for name, folder in self.listed_sets:
                if folder.resolve() == here:
                    return name
        return DEMO if self.uses_demo else DEFAULT

    @property
    def data_sets(self) -> dict[str, Path]:
        """The data sets of the installation by name: this one, those listed, and the demo set."""
        return {self.set_name: self.data_dir} | dict(self.listed_sets) | {DEMO: self.demo_dir}

    def of_set(self, name: str) -> "Settings":
        """The same installation on another of its `data_sets`, with the label database of that one."""
        if name == self.set_name:
            return self
        is_shared = _SET_IN_URL not in self.given_database_url  # then the address is that of this set alone
        url = "" if is_shared else self.given_database_url
        return replace(self, data_dir=self.data_sets[name], given_database_url=url)

    @property
    def database_url(self) -> str:
        """The label database: one per data set. By default a SQLite file beside the runs.

        Listed sets and the demo set have files of their own, so that decisions on one never mix with others.
        """
        name = self.set_name
        if self.given_database_url:
            return self.given_database_url.replace(_SET_IN_URL, quote(name))
        file = self.runs_dir / ("labels.db" if name == DEFAULT else f"labels-{name}.db")
        return f"sqlite:///{''.join(map(_quoted, str(file)))}"

    @classmethod
    def from_environment(cls, data_dir: Path | None = None, runs_dir: Path | None = None) -> "Settings":
        """Settings from the `FSAT_*` environment variables; arguments win over them.

        Raises
        ------
        ConfigError
            As `max_clip_s` and `clip_cache_gb`; if a folder is in a home folder, or the working folder, and
            there is none; if data sets are listed in another form, or all with one label database; or if the
            record's address is none.
        """
        cache_dir = _folder("FSAT_CACHE_DIR", _CACHE_DIR)
        listed = _listed_sets()
        first = next(iter(listed.values()), cache_dir / "demo")
        return cls(
            data_dir=_absolute("FSAT_DATA_DIR", data_dir or _folder("FSAT_DATA_DIR", first)),
            runs_dir=_absolute("FSAT_RUNS_DIR", runs_dir or _folder("FSAT_RUNS_DIR", Path("runs"))),
            cache_dir=_absolute("FSAT_CACHE_DIR", cache_dir),
            dask_scheduler=os.environ.get("FSAT_DASK_SCHEDULER", "").strip(),
            slurm=os.environ.get("FSAT_SLURM", "").strip(),
            given_database_url=_database_url(listed),
            read_truncated=reads_truncated(),
            max_clip_s=max_clip_s(),
            clip_cache_gb=clip_cache_gb(),
            listed_sets=tuple(listed.items()),
            notify_urls=os.environ.get("FSAT_NOTIFY_URLS", "").strip(),
            record_url=_record_url(),
        )

    def environment(self) -> dict[str, str]:
        """The environment variables that give a child process these same settings."""
        return {
            "FSAT_DATA_DIR": str(self.data_dir),
            "FSAT_RUNS_DIR": str(self.runs_dir),
            "FSAT_CACHE_DIR": str(self.cache_dir),
            "FSAT_DASK_SCHEDULER": self.dask_scheduler,
            "FSAT_SLURM": self.slurm,
            "FSAT_DATABASE_URL": self.given_database_url,
            "FSAT_READ_TRUNCATED": "1" if self.read_truncated else "",
            "FSAT_MAX_CLIP_S": str(self.max_clip_s),
            "FSAT_CLIP_CACHE_GB": str(self.clip_cache_gb),
            "FSAT_DATA_SETS": ",".join(f"{name}={folder}" for name, folder in self.listed_sets),
            "FSAT_NOTIFY_URLS": self.notify_urls,
            "FSAT_RECORD_URL": self.record_url,
        }


def environment_key() -> tuple[str | None, ...]:
    """All that `Settings.from_environment` goes by: while it stays the same, so do settings."""
    try:
        folder = os.getcwd()  # noqa: PTH109  # a page asks dozens of times
    except OSError:  # it is gone
        folder = None
    return (folder, *map(os.environ.get, _VARIABLES))


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


def clip_cache_dir() -> Path:
    """Where copies of clips from elsewhere are: a function too, since whoever opens one asks."""
    return _absolute("FSAT_CACHE_DIR", _folder("FSAT_CACHE_DIR", _CACHE_DIR)) / "clips"


def clip_cache_gb() -> float:
    """How much these copies may take, in GB: `FSAT_CLIP_CACHE_GB`, or 10.

    Raises
    ------
    ConfigError
        If it is not a number above 0.
    """
    given = os.environ.get("FSAT_CLIP_CACHE_GB", "").strip()
    if not given:
        return DEFAULT_CLIP_CACHE_GB
    try:
        size = float(given)
    except ValueError:
        size = 0.0
    if not 0 < size < 1e6:
        raise ConfigError(
            f"FSAT_CLIP_CACHE_GB={given!r}, expected a number of GB above 0 and below 1,000,000; correct or "
            "unset it."
        )
    return size


def clip_environment() -> dict[str, str]:
    """The environment variables by which another machine reads clips as this process does."""
    others = ("FSAT_READ_TRUNCATED", "FSAT_MAX_CLIP_S", "FSAT_CLIP_CACHE_GB")
    return {"FSAT_CACHE_DIR": str(clip_cache_dir().parent)} | {
        name: os.environ.get(name, "") for name in others
    }


def _record_url() -> str:
    url = os.environ.get("FSAT_RECORD_URL", "").strip() or DEFAULT_RECORD_URL
    if not re.match(r"https?://[^/\s]+\S*$", url):
        raise ConfigError(
            f"FSAT_RECORD_URL={url!r}: expected the http or https address of a record, such as "
            f"{DEFAULT_RECORD_URL}. Correct or unset it."
        )
    return url


def _listed_sets() -> dict[str, Path]:
    """The data sets that `FSAT_DATA_SETS` lists, as `name=folder,name=folder`."""
    listed: dict[str, Path] = {}
    for entry in filter(None, map(str.strip, os.environ.get("FSAT_DATA_SETS", "").split(","))):
        name, _, folder = map(str.strip, entry.partition("="))
        if not re.fullmatch(r"[\w-]{1,40}", name) or not folder or name.lower() in (DEMO, DEFAULT):
            raise ConfigError(
                f"FSAT_DATA_SETS has {entry!r}: expected name=folder, with a name of up to 40 letters, "
                f"digits, _ and - that is not {DEMO} or {DEFAULT}, and commas between them. Correct it."
            )
        if name.lower() in map(str.lower, listed):
            raise ConfigError(f"FSAT_DATA_SETS has the name {name} twice: expected it once. Rename one.")
        listed[name] = _absolute("FSAT_DATA_SETS", _expanded("FSAT_DATA_SETS", Path(folder)))
    return listed


def _database_url(listed: Mapping[str, Path]) -> str:
    url = os.environ.get("FSAT_DATABASE_URL", "").strip()
    if url and listed and _SET_IN_URL not in url:
        raise ConfigError(
            "FSAT_DATABASE_URL is one label database, and FSAT_DATA_SETS lists several data sets: expected "
            f"one for each. Write {_SET_IN_URL} where the name of the set belongs, such as "
            f"sqlite:////labels/{_SET_IN_URL}.db."
        )
    return url


def _quoted(character: str) -> str:
    """A character of a path in an address; bytes that are not UTF-8 stay as Python keeps them in names."""
    return character if "\ud800" <= character <= "\udfff" else quote(character)


def _folder(variable: str, default: Path) -> Path:
    return _expanded(variable, Path(os.environ.get(variable, "").strip() or default))


def _expanded(variable: str, path: Path) -> Path:
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

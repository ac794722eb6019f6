"""A call that travels to another machine, with what has to be the same there."""

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from socket import gethostname
from typing import Any

from threadpoolctl import threadpool_limits

from fsat_core.errors import ConfigError
from fsat_core.executors.source import source_digest
from fsat_core.settings import clip_environment

PACKAGES = ("keras", "numpy", "onnxruntime", "soundfile", "soxr")  # by which results differ


@dataclass(frozen=True)
class Terms:
    """What a call needs of the machine that it comes to.

    Parameters
    ----------
    folders : tuple of Path
        It has to see them under these paths.
    environment : dict of str to str
        The variables that say how clips are read.
    source : str
        Of this program.
    packages : dict of str to str
        By which results differ, in these versions.
    one_thread : bool
        Whether products stay in one thread, as in the processes of this machine: others are at work beside.
    """

    folders: tuple[Path, ...]
    environment: dict[str, str]
    source: str
    packages: dict[str, str]
    one_thread: bool

    @classmethod
    def here(cls, folders: Sequence[Path], one_thread: bool) -> "Terms":
        """Those of this process."""
        return cls(tuple(folders), clip_environment(), source_digest(), _versions(), one_thread)


@dataclass(frozen=True)
class Call:
    """A call of a function that can be imported where this program is."""

    terms: Terms
    function: Callable[..., Any]
    args: tuple
    kwargs: dict[str, Any]

    def __call__(self) -> Any:
        """What the function returns.

        Raises
        ------
        ConfigError
            If this machine is not as it has to be.
        """
        for folder in self.terms.folders:
            if not folder.is_dir():
                raise ConfigError(
                    f"The worker on {gethostname()} does not see the folder {folder}: expected it under the "
                    "same path. Share it with it."
                )
        if source_digest() != self.terms.source:
            raise ConfigError(
                f"The worker on {gethostname()} has another version of this program: expected the one from "
                "here. Bring it up to date, and start it again."
            )
        for name, wanted in self.terms.packages.items():
            if (found := _versions().get(name)) != wanted:
                raise ConfigError(
                    f"The worker on {gethostname()} has {name} {found or 'no version'}: expected {wanted}, "
                    "as here. Bring it up to date, and start it again."
                )
        os.environ |= self.terms.environment
        with threadpool_limits(1, "blas") if self.terms.one_thread else nullcontext():
            return self.function(*self.args, **self.kwargs)

    def answer(self) -> tuple[Any, Exception | None]:
        """What the function returns, or what it raises."""
        try:
            return self(), None
        except Exception as error:
            return None, error


@cache
def _versions() -> dict[str, str]:
    """The packages that are here, by version."""
    found = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found

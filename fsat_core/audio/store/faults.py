"""What goes wrong between here and an address, in one line each.

What libraries say is never passed on: it may hold addresses with keys in them.
"""

import errno
from collections.abc import Iterator

from fsat_core.audio.store.client import ADDRESS_FILE
from fsat_core.errors import AudioError, DatasetError

_AWAY = frozenset(
    {
        *("ConnectionRefusedError", "ConnectTimeoutError", "EndpointConnectionError", "ProxyConnectionError"),
        *("ClientConnectorError", "ConnectionTimeoutError", "FSTimeoutError", "TimeoutError", "gaierror"),
        *("ReadTimeoutError", "SSLError"),
    }
)
_REFUSED = frozenset(
    {"PermissionError", "NoCredentialsError", "PartialCredentialsError", "TokenRetrievalError"}
)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


class StoreFault(AudioError):
    """A clip that could not be brought, which says nothing about the clip itself.

    `is_final` says that asking once more at once would not help.
    """

    def __init__(self, line: str, is_final: bool = False) -> None:
        super().__init__(line)
        self.is_final = is_final


class StoreAway(StoreFault):
    """A fault that all clips of the address have; `line` says it without the name of one."""

    def __init__(self, name: str, line: str) -> None:
        super().__init__(f"{name}: {line}", is_final=True)
        self.line = line


def explain(error: Exception, name: str, where: str) -> StoreFault:
    """The fault of a clip called `name` in a folder at the address `where`."""
    if isinstance(error, FileNotFoundError):
        return StoreFault(
            f"{name}: not at {where} any more, expected it there; put it back, or rescan the data set.",
            is_final=True,
        )
    if is_refused(error):
        return StoreFault(
            f"{name}: access to it at {where} is refused, expected credentials that may read it; ask whoever "
            "looks after the address.",
            is_final=True,
        )
    if is_away(error):
        return StoreAway(name, _away(where, error))
    return StoreFault(
        f"{name}: its download from {where} broke off, expected all of it; see whether the connection holds, "
        "and try again."
    )


def explain_set(error: Exception, where: str) -> DatasetError:
    """The fault of an address whose clips cannot be listed."""
    if isinstance(error, FileNotFoundError):
        return nothing_at(where)
    if is_refused(error):
        return DatasetError(
            f"{where} may not be read: expected credentials that may list it. Give them as its client "
            "expects them, for S3 in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or in ~/.aws."
        )
    if is_away(error):
        return DatasetError(_away(where, error))
    return DatasetError(
        f"{where} cannot be listed: expected an address whose folders can be. Check {ADDRESS_FILE}, and "
        "whether the server answers."
    )


def nothing_at(where: str) -> DatasetError:
    """The error for a bucket or folder that is not there, or empty."""
    return DatasetError(
        f"Nothing is at {where}: expected a bucket or folder with the folders of clips. Correct "
        f"{ADDRESS_FILE}."
    )


def other_length(name: str, where: str, came: int, expected: int) -> StoreFault:
    """The fault of a clip of which more or less came than is listed."""
    return StoreFault(
        f"{name}: {came:,} bytes came from {where}, expected {expected:,} as it is listed; it was changed, "
        "or cut off: try again, or rescan the data set."
    )


def not_kept(name: str, folder: str, error: OSError) -> StoreAway:
    """The fault of a cache that cannot be written."""
    return StoreAway(
        name,
        f"Clips cannot be kept in {folder} ({error.strerror or 'no access'}): expected a folder with free "
        "space. Make some, or set FSAT_CACHE_DIR to another one.",
    )


def is_local(error: Exception) -> bool:
    """Whether it is the disk here that refused."""
    return isinstance(error, OSError) and error.errno in _FULL


def is_refused(error: Exception) -> bool:
    """Whether somebody has to give or mend rights."""
    return getattr(error, "status", None) in (401, 403) or bool(_REFUSED & _kinds(error))


def is_away(error: Exception) -> bool:
    """Whether nobody answers, for this clip or any other."""
    return bool(_AWAY & _kinds(error))


def _away(where: str, error: Exception) -> str:
    reason = "connection refused" if "ConnectionRefusedError" in _kinds(error) else "no answer"
    return (
        f"{where} cannot be reached ({reason}): expected an answer. See whether it is there, and try again."
    )


def _kinds(error: Exception) -> set[str]:
    """The names of the classes of an error and of those that led to it: clients need not be imported."""
    return {kind.__name__ for each in _chain(error) for kind in type(each).__mro__}


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

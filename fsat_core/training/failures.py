"""Why a training failed, in one line for whoever started it."""

import errno
from collections.abc import Iterator

from fsat_core.errors import FsatError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FULL_TEXTS = ("No space left on device", "Disk quota exceeded")  # of libraries that keep no error number
_NO_MEMORY = ("ResourceExhaustedError", "OutOfMemoryError", "XlaRuntimeError")


def explain_failure(error: BaseException) -> str:
    """One line: what happened, and what to do. Only errors that are ours are quoted."""
    if isinstance(error, FsatError):
        return str(error)
    causes = list(_causes(error))
    if any(map(_is_full, causes)):
        return "The disk is full: expected free space for the run. Make some, then resume the run."
    if any(map(_is_out_of_memory, causes)):
        return (
            "The memory was not enough: expected room for a batch and the network. End other programs and "
            "resume the run, or start one with a smaller batch_size."
        )
    if isinstance(error, ModuleNotFoundError):
        return (
            f"The package '{error.name}' is not installed where the folds are trained: expected all that "
            "requirements.txt names. Install it, then resume the run."
        )
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return f"A file cannot be read or written: {error.strerror}{where}. Mend that, then resume the run."
    return (
        "Something unexpected ended the training: expected it to finish. Its log says where; resume the run "
        "to try once more."
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what caused it, and what it came up in."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__]


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return any(text in str(error) for text in _FULL_TEXTS)


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    return type(error).__name__ in _NO_MEMORY and "memory" in str(error).lower()

"""A connection to a server that may stall, break off, or lead elsewhere, and how long it is borne with."""

import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urlsplit

from fsat_core.errors import FsatError
from fsat_core.text import shorten

_CHUNK = 1 << 20
_NO_SUCH_RANGE = 416
_MAY_PASS = (408, _NO_SUCH_RANGE, 425, 429)  # of the 400s, those that say "not now" or "not so"
_HEADERS = {"User-Agent": "fsat-dashboard", "Accept-Encoding": "identity"}


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for, and how often it is asked again.

    Parameters
    ----------
    stall_s : float
        Nothing comes, or less than `slowest` bytes per second, for so long: a fault.
    slowest : float
        In bytes per second.
    most_faults : int
        One more in a row is the end. Faults in a row are those between which less than `progress_bytes`
        came that were not here before.
    progress_bytes : int
    first_wait_s, longest_wait_s : float
        How long to wait after the first fault; it doubles with each further one.
    """

    stall_s: float = 30.0
    slowest: float = 1_000.0
    most_faults: int = 5
    progress_bytes: int = 1 << 20
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0

    def wait_s(self, num_faults: int, asked_s: float) -> float:
        """How long to wait after so many faults in a row; the server may ask for longer."""
        return min(max(self.first_wait_s * 2 ** (num_faults - 1), asked_s), self.longest_wait_s)


class Fault(Exception):
    """What went wrong once, in a few words, and may go right the next time."""

    def __init__(self, reason: str, wait_s: float = 0.0, starts_anew: bool = False) -> None:
        super().__init__(reason)
        self.wait_s = wait_s  # as the server asked for
        self.starts_anew = starts_anew  # what has come is of no use


@contextmanager
def opened(
    url: str, headers: dict[str, str], patience: Patience, same_host: bool = False
) -> Iterator[http.client.HTTPResponse]:
    """What a server answers with success; `same_host`: a redirection to another one is a fault.

    Raises
    ------
    Fault
        If it does not, and may do later.
    FsatError
        If it says that it never will.
    """
    request = urllib.request.Request(url, headers={**_HEADERS, **headers})
    try:
        response = _opener(same_host).open(request, timeout=patience.stall_s)
    except urllib.error.HTTPError as error:
        with error:
            _refuse(error, url)
    except urllib.error.URLError as error:
        raise Fault(f"no connection: {_reason(error.reason)}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: an address that is none
        raise Fault(_reason(error)) from error
    with response:
        yield response


def _opener(same_host: bool) -> urllib.request.OpenerDirector:
    """Opens addresses of HTTP alone, by the environment's proxy where there is one."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirections(same_host),
    ):
        opener.add_handler(handler)
    return opener


class _Redirections(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but never from HTTPS to HTTP, and to another server only where that may be.

    Whoever sends a file is not trusted, for its checksum is known; the record says the checksums.
    """

    def __init__(self, same_host: bool) -> None:
        self._same_host = same_host

    def redirect_request(  # type: ignore[no-untyped-def]  # as urllib has it
        self, req, fp, code, msg, headers, newurl
    ) -> urllib.request.Request | None:
        """The request to make instead."""
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        is_weaker = old.scheme == "https" and new.scheme != "https"
        if is_weaker or (self._same_host and old.netloc != new.netloc):
            fp.close()
            raise Fault(f"the server led to {shorten(newurl)}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _refuse(error: urllib.error.HTTPError, url: str) -> NoReturn:
    """Say what an answer that is an error means: a fault, or the end."""
    if 400 <= error.code < 500 and error.code not in _MAY_PASS:
        raise FsatError(
            f"{url} answered {error.code}, {shorten(str(error.reason), 40)}: expected the file that the "
            "record lists. Try again later, or check FSAT_RECORD_URL."
        )
    after = (error.headers.get("Retry-After") or "").strip()
    wait_s = float(after) if re.fullmatch(r"\d{1,6}", after, re.ASCII) else 0.0
    raise Fault(f"the server answered {error.code}", wait_s, error.code == _NO_SUCH_RANGE) from error


def chunks(response: http.client.HTTPResponse, patience: Patience, most_bytes: int) -> Iterator[bytes]:
    """What comes, to the end, or to where a connection breaks off; more than so many bytes is a fault."""
    num_bytes = window_bytes = 0
    since = time.monotonic()
    while True:
        try:
            chunk = response.read1(_CHUNK)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Fault(_reason(error)) from error
        if not chunk:
            return
        num_bytes, window_bytes = num_bytes + len(chunk), window_bytes + len(chunk)
        if num_bytes > most_bytes:
            raise Fault("the server sent more than was listed", starts_anew=True)
        yield chunk
        if (passed_s := time.monotonic() - since) > patience.stall_s:
            if window_bytes < patience.slowest * passed_s:
                raise Fault(f"the server sent {window_bytes:,} bytes in {passed_s:.0f} s")
            since, window_bytes = time.monotonic(), 0


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "the server stalled"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return shorten(str(error) or type(error).__name__)

"""One file over HTTP, from a server that may stall, break off, or send something else.

A file grows under the name `NAME.partial`, and goes on where it ended; it gets its name when its length and
checksum are right. What goes wrong is tried again, a bounded number of times.
"""

import hashlib
import http.client
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from fsat_core.download.connection import Fault, Patience, chunks, opened
from fsat_core.download.record import RemoteFile
from fsat_core.errors import FsatError
from fsat_core.files import write_atomically
from fsat_core.text import counted, rough_duration, shorten, size_text

_LARGEST_RECORD = 16 << 20

Progress = Callable[[str, int], None]


def fetch_record(url: str, patience: Patience) -> bytes:
    """What a record's address says; a redirection to another server is refused.

    Raises
    ------
    FsatError
        If it cannot be had.
    """
    num_faults = 0
    while True:
        try:
            with opened(url, {"Accept": "application/json"}, patience, same_host=True) as response:
                content = b"".join(chunks(response, patience, _LARGEST_RECORD))
            if int(response.headers.get("Content-Length") or len(content)) == len(content):
                return content
            raise Fault("the server broke off")
        except (Fault, ValueError) as fault:
            num_faults += 1
            if num_faults > patience.most_faults:
                raise FsatError(
                    f"The record at {url} cannot be read ({fault}, the last of {num_faults} times): expected "
                    "a connection to it. Try again later, or check FSAT_RECORD_URL."
                ) from fault
            time.sleep(patience.wait_s(num_faults, getattr(fault, "wait_s", 0.0)))


def fetch(file: RemoteFile, target: Path, patience: Patience, progress: Progress) -> None:
    """Download a file, or the rest of it.

    Parameters
    ----------
    file : RemoteFile
    target : Path
        Its place, where nothing is; beside it `target.name` with `.partial` and `.etag` while it grows.
    patience : Patience
    progress : callable
        Called with what is being done and how many bytes are here.

    Raises
    ------
    FsatError
        If it cannot be had; what has come is kept.
    OSError
        If it cannot be kept.
    """
    partial = partial_path(target)
    num_faults, farthest = 0, size_of(partial)
    while True:
        try:
            _receive(file, partial, patience, progress)
            _check(file, partial, progress)
            break
        except Fault as fault:
            if fault.starts_anew:
                partial.unlink(missing_ok=True)
            reached = size_of(partial)
            num_faults = 1 if reached >= farthest + patience.progress_bytes else num_faults + 1
            farthest = max(farthest, reached)
            if num_faults > patience.most_faults:
                _give_up(file, str(fault), num_faults, reached)
            wait_s = patience.wait_s(num_faults, fault.wait_s)
            progress(f"{file.name}: {fault}; again in {rough_duration(wait_s)}", reached)
            time.sleep(wait_s)
    partial.replace(target)
    _etag_path(partial).unlink(missing_ok=True)


def partial_path(target: Path) -> Path:
    """Where a file grows."""
    return target.with_name(f"{target.name}.partial")


def size_of(path: Path) -> int:
    """The length of a file; 0 where there is none."""
    return path.stat().st_size if path.is_file() else 0


def md5_of(path: Path) -> str:
    """The MD5 of a file in hexadecimal digits."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _give_up(file: RemoteFile, reason: str, num_faults: int, num_bytes: int) -> NoReturn:
    kept = f"{size_text(num_bytes)} of it are kept: call again to go on" if num_bytes else "Try again later"
    raise FsatError(
        f"{file.name} could not be downloaded ({reason}, the last of {counted(num_faults, 'fault')}): "
        f"expected {file.num_bytes:,} bytes with the MD5 {file.md5}. {kept}."
    )


def _receive(file: RemoteFile, partial: Path, patience: Patience, progress: Progress) -> None:
    """Let the partial file grow to its full length."""
    position = size_of(partial)
    if position >= file.num_bytes:
        return
    with opened(file.url, _wanted(partial, position), patience) as response:
        position = _start_of(response, position, file)
        _keep_etag(response.headers.get("ETag", ""), partial)
        with partial.open("r+b" if partial.exists() else "wb") as content:
            content.truncate(position)
            content.seek(position)
            for chunk in chunks(response, patience, file.num_bytes - position):
                content.write(chunk)
                position += len(chunk)
                progress(f"Downloading {file.name}", position)
            content.flush()
            os.fsync(content.fileno())
    if position < file.num_bytes:
        raise Fault(f"the server broke off at {position:,} bytes")


def _wanted(partial: Path, position: int) -> dict[str, str]:
    """The headers that ask for the rest, if that is still of the same file."""
    if not position:
        return {}
    etag = _etag_path(partial)
    condition = {"If-Range": etag.read_text()} if etag.is_file() else {}
    return {"Range": f"bytes={position}-", **condition}


def _start_of(response: http.client.HTTPResponse, asked: int, file: RemoteFile) -> int:
    """Where in the file an answer begins: where we asked it to, or at 0."""
    if response.status == 200:
        start, total = 0, response.headers.get("Content-Length") or str(file.num_bytes)
    elif response.status == 206:
        content_range = response.headers.get("Content-Range", "")
        found = re.match(r"bytes (\d{1,19})-\d+/(\d+|\*)$", content_range)
        if not found or int(found[1]) != asked:
            shown = shorten(content_range, 40) or "without saying which"
            raise Fault(f"the server sent another range, {shown}", starts_anew=True)
        start, total = asked, found[2]
    else:
        raise Fault(f"the server answered {response.status}")
    if total not in (str(file.num_bytes), "*"):  # an error page, perhaps: what has come may still be right
        raise Fault(f"the server offers {shorten(total, 20)} bytes")
    return start


def _keep_etag(etag: str, partial: Path) -> None:
    """Keep by which name the server knows what it sends. A weak one may not be asked with."""
    if re.fullmatch(r'"[\x21\x23-\x7e]{0,200}"', etag):
        write_atomically(_etag_path(partial), etag)
    else:
        _etag_path(partial).unlink(missing_ok=True)


def _etag_path(partial: Path) -> Path:
    return partial.with_suffix(".etag")


def _check(file: RemoteFile, partial: Path, progress: Progress) -> None:
    """Whether all has come as it was sent; what is not right is thrown away."""
    progress(f"Checking {file.name}", file.num_bytes)
    if (found := md5_of(partial)) != file.md5:
        raise Fault(f"other bytes came, with the MD5 {found}", starts_anew=True)

"""The client of an address.

fsspec and the package of the address are imported when something is asked of it, and take credentials from
where they always do: their own variables and files.
"""

import re
from functools import lru_cache
from typing import Any

from fsat_core.errors import ConfigError, DatasetError

ADDRESS_FILE = "audio_url.txt"  # of a data folder whose clips are elsewhere


def checked(address: str) -> str:
    """An address of clips, if it is one that can be shown and kept; a ConfigError else."""
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*://\S+", address) or "::" in address:
        raise ConfigError(
            f"{ADDRESS_FILE} holds no address: expected one line such as s3://bucket/folder, "
            "gs://bucket/folder or https://server/folder. Correct it."
        )
    # Azure has the container before an @.
    if re.search("[?#]" if re.match("abfss?://[^:/]+@", address) else "[?#@]", address):
        raise ConfigError(
            f"{ADDRESS_FILE} has an address with an @, a ? or a #: expected none, for credentials may be "
            "there, and it is shown and kept. Give those as the client of the address expects them, for S3 "
            "in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or in ~/.aws."
        )
    return address.rstrip("/")


@lru_cache(maxsize=8)
def connect(address: str) -> tuple[Any, str]:
    """The client of an address, for all threads, and the path of its folder as the client has it.

    Raises
    ------
    DatasetError
        If the package that it needs is not installed, or there is none.
    """
    scheme = address.partition("://")[0]
    try:
        import fsspec

        client, root = fsspec.url_to_fs(address)
    except ImportError:
        raise DatasetError(
            f"{address} needs a package that is not installed: expected fsspec and one for {scheme}://. "
            '`pip install -e ".[remote]"` brings those for s3:// and https://; gs:// needs gcsfs.'
        ) from None
    except ValueError:
        raise DatasetError(
            f"{address}: no package knows {scheme}://, expected an address such as s3://bucket/folder. "
            f"Correct {ADDRESS_FILE}."
        ) from None
    return client, root

"""Messages for people."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


def whole_message(error: pytest.ExceptionInfo | str) -> str:
    """The text of an error, one line in sentences: what was received, what is expected, how to mend it."""
    text = error if isinstance(error, str) else str(error.value)
    assert re.fullmatch(r"([A-Z][a-z ]|[^A-Z]*['./=]).*\bexpected .*\. [A-Z][a-z].*\.", text), text
    return text


@contextmanager
def refuses(kind: type[Exception], match: str) -> Iterator[pytest.ExceptionInfo]:
    """Like `pytest.raises`, and the message is whole."""
    with pytest.raises(kind, match=match) as caught:
        yield caught
    whole_message(caught)

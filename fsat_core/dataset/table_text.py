"""The text of a table or of another file that people wrote, in whichever encoding their program chose."""

import codecs
import re

from fsat_core.errors import DatasetError

_MARKS = (  # that of UTF-32 begins as that of UTF-16 does, and comes first
    (codecs.BOM_UTF8, "utf-8", ""),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_OTHER_FILES = {
    b"PK\x03\x04": "a workbook or another archive",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"\x1f\x8b": "compressed",
    b"%PDF": "a PDF",
    b"{\\rtf": "an RTF document",
}
_PAGE = re.compile(rb"\s*<(!doctype|html|\?xml|table)", re.IGNORECASE)
_PAIR = re.compile(rb"[\xc2-\xdf][\x80-\xbf]")  # a letter in UTF-8; in Windows-1252 hardly ever met
# In Windows-1252 these do not follow a small letter. Where they do, the text is a Mac's or that of DOS, which
# have ä, é, ü and their like in these places.
_OTHER_PAGE = re.compile("[a-z][‚ƒ„†‡ˆ‰ŠŽŸ]")
_INVISIBLE = str.maketrans("", "", "\ufeff\u200b")


def decode_text(content: bytes, name: str) -> tuple[str, str]:
    """The text of a file that people wrote, and its encoding where that is not UTF-8.

    A byte order mark says the encoding. Without one it is UTF-8, UTF-16 if every second byte is zero, or
    Windows-1252, what spreadsheets in western Europe write.

    Parameters
    ----------
    content : bytes
    name : str
        What messages call the file.

    Raises
    ------
    DatasetError
        If it is no text, or the encoding cannot be told; the message names the line.
    """
    _check_kind(content, name)
    mark, encoding, shown = _find_encoding(content)
    body = content[len(mark) :]
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        if shown:
            raise DatasetError(
                f"{name} breaks off within a character of {shown}: expected whole text. Fetch it again, or "
                "save it as CSV UTF-8."
            ) from None
        text, shown = _decode_windows(body, error.start, name), "Windows-1252"
    if "\0" in text:
        raise DatasetError(
            f"{name}: line {_line_at(text, text.index(chr(0)))} has a zero byte, which no text has: expected "
            "text in UTF-8. Fetch the file again, or save it as CSV UTF-8."
        )
    return text.translate(_INVISIBLE) if "\ufeff" in text or "\u200b" in text else text, shown


def _check_kind(content: bytes, name: str) -> None:
    kind = next((kind for start, kind in _OTHER_FILES.items() if content.startswith(start)), None)
    if kind is None and _PAGE.match(content[:200]):
        kind = "a web page or XML"
    if kind is not None:
        raise DatasetError(f"{name} is {kind}, not text: expected a table. Save it as CSV UTF-8.")


def _find_encoding(content: bytes) -> tuple[bytes, str, str]:
    """The byte order mark, the encoding that it means, and what to call that where it is not UTF-8."""
    for mark, encoding, shown in _MARKS:
        if content.startswith(mark):
            return mark, encoding, shown
    head = content[:1000]
    zeros = head[::2].count(0), head[1::2].count(0)
    if max(zeros) > len(head) // 4 and min(zeros) == 0:
        return b"", "utf-16-le" if zeros[1] else "utf-16-be", "UTF-16"
    return b"", "utf-8", ""


def _decode_windows(content: bytes, start: int, name: str) -> str:
    """The text of what is no UTF-8 from `start` on."""
    if _PAIR.search(content):
        raise DatasetError(
            f"{name}: line {_line_at(content, start)} is not in UTF-8, as other lines are: expected one "
            "encoding. Save the table as CSV UTF-8."
        )
    try:
        text = content.decode("cp1252")
        odd = _OTHER_PAGE.search(text)
        at = odd.start() + 1 if odd else -1
    except UnicodeDecodeError as error:
        text, at = "", error.start
    if at >= 0:
        raise DatasetError(
            f"{name}: line {_line_at(content, at)} is in an encoding that cannot be told (byte "
            f"0x{content[at]:02X}): expected UTF-8. Save the table as CSV UTF-8."
        )
    return text


def _line_at(text: str | bytes, position: int) -> int:
    """The line, from 1, of a place in a text."""
    before = text[:position]
    return 1 + len(re.findall(r"\r\n|\r|\n", before if isinstance(before, str) else before.decode("latin-1")))

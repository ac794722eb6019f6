"""Known attacks as data: what strangers put into names, addresses, messages, files and requests."""

import json
import struct
from urllib.parse import quote

# Stands in a file outside all folders in use, and must never come out.
SECRET = "s3cret-of-this-server"  # nosec B105  # a mark to look for, which opens nothing

# --- names: of classes, files, runs, annotators, tags

NAMES = [
    *("![](http://evil.example/i.png)", "[x](http://evil.example)", "<img src=http://evil.example/i.png>"),
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href=javascript:alert(1)>x</a>",
        "<b>x",
    ),
    *(
        "<svg onload=alert(1)>",
        '"><script>alert(1)</script>',
        "javascript:alert(1)",
        "{{7*7}}",
        "${7*7}",
        "{b}",
    ),
    *(
        ":red[x]",
        ":material/home:",
        "$x^2$",
        "`x`",
        "# x",
        "- x",
        "| a |",
        "&lt;b&gt;",
        "%s%n",
        "a\nb",
        "a\tb",
    ),
    *("=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "'; DROP TABLE decisions; --", '" OR 1=1 --'),
    *(
        "../../etc/passwd",
        "..",
        ".",
        "/etc/passwd",
        "..\\..\\x",
        "C:\\x",
        "//host/share",
        "~/.ssh/id_rsa",
        "-rf",
    ),
    *(
        "\u202egnp.exe",
        "\u200b",
        "\ufeffx",
        "\U0001f4a9",
        "a\u0301" * 50,
        "x" * 300,
        "x" * 5_000,
        "CON",
        "NUL",
    ),
]

# --- addresses: values of query parameters, tried for each parameter of each page

PARAMETERS = {
    "": ("tab",),
    "clips": ("split", "label", "min_frames", "long_s", "show", "clip", "find"),
    "label": ("queue",),
    "train": ("run",),
    "evaluate": ("evaluate", "compare", "view"),
    "predict": ("runs",),
}
VALUES = [
    *(
        "![](http://evil.example/i.png)",
        "<script>alert(1)</script>",
        "../../secret",
        "/etc/passwd",
        "..",
        ".",
    ),
    *(
        "9" * 5_000,
        "-1",
        "1e999",
        "NaN",
        "\u0663",
        "x" * 300,
        "x" * 100_000,
        "a\x00b",
        "\udcff",
        "%00",
        "{0.__class__}",
    ),
    *("[]", "null", "True", "' OR 1=1 --", "\u202e", "\r\nSet-Cookie: a=b"),
]


def query(name: str, value: str) -> str:
    """A query string, in which a half character is a byte that is no UTF-8."""
    return f"{name}={quote(value, errors='surrogateescape')}"


# --- requests over HTTP: method and path, as they go out

REQUESTS = [
    *(
        ("GET", f"/{root}{path}")
        for root in ("", "static/", "media/", "component/", "app/static/", "_stcore/bidi-components/")
        for path in (
            "../../../../{secret}",
            "..%2f..%2f..%2f..{quoted}",
            "%2e%2e/%2e%2e/{secret}",
            "..\\..\\{secret}",
            "{secret}",
            "/{secret}",
            "%00{secret}",
            "....//....//{secret}",
        )
    ),
    *(
        ("GET", f"/{path}")
        for path in ("app.py", ".streamlit/config.toml", ".git/config", "ui/shared/state.py")
    ),
    *(
        ("GET", f"/{path}")
        for path in ("?" + "a=b&" * 5_000, "%ff%fe", "\\evil.example", "//evil.example/%2e%2e")
    ),
    *(("POST", "/"), ("DELETE", "/"), ("TRACE", "/"), ("PUT", "/_stcore/health"), ("BREW", "/")),
    *(("PUT", f"/_stcore/upload_file/{path}") for path in ("a/b", "../../x/y", "a/..%2f..%2fb", "%00/%00")),
    *(("DELETE", f"/_stcore/upload_file/{path}") for path in ("a/b", "..%2f/x")),
    *(("POST", f"/_stcore/agent/{path}") for path in ("interact", "mcp")),
    *(
        ("GET", "/_stcore/script-health-check"),
        ("GET", "/_stcore/metrics?families=x"),
        ("GET", "/oauth2callback?code=1"),
    ),
]

# --- what is sent through the WebSocket in place of a message

FRAMES = [
    b"",
    b"\x00",
    b"\xff" * 100,
    b"{}",
    b"\x0a\xff\xff\xff\xff\x0f",
    b"A" * 100_000,
    bytes(range(256)) * 50,
]

# --- what the board of the page Label may be told

HUGE = "x" * 1_000_000
TOKEN = "t"  # nosec B105  # names a decision, opens nothing
DECISION = {
    "token": TOKEN,
    "queue": 1,
    "annotator": "ada",
    "clip_id": "",
    "at": 0,
    "action": "accept",
    "labels": "Bark",
    "previous": "",
    "run": "",
    "batch": "",
}
ODD: list[object] = [
    None,
    True,
    7,
    -1,
    2**70,
    1.5,
    float("nan"),
    "x",
    HUGE,
    "a\0b",
    "\ud800",
    [],
    [[]],
    {},
    {"a": 1},
    ["x"] * 10_000,
]
POSTS: list[object] = [
    *ODD,
    *({name: value} for name in ("n", "queue", "at", "want", "held", "heard", "ops") for value in ODD[:13:2]),
]
OPS: list[object] = [
    *ODD,
    *(DECISION | {name: value} for name in DECISION for value in (None, HUGE, [1], "\ud800", 2**70)),
]

# --- files of labels to import

IMPORTS: list[tuple[str, bytes]] = [
    ("a.json", b'{"a.wav": "\\ud800"}'),
    ("a.json", b'{"\\ud800": "Bark"}'),
    ("a.json", b'{"a.wav": ' + b"9" * 5_000 + b"}"),
    ("a.json", b'{"a.wav": 1e999, "b.wav": -Infinity, "c.wav": NaN}'),
    ("a.json", b"[" * 200_000),
    ("a.json", b'{"a":' * 200_000),
    ("a.json", b'{"__class__": {"__reduce__": ["os.system", "id"]}}'),
    ("a.json", b'{"a.wav": "Bark", "a.wav": "Meow"}'),
    ("a.json", b"\xff\xfe{"),
    ("a.json", b"\x00" * 1_000),
    ("a.json", b""),
    ("a.json", b"null"),
    ("a.json", json.dumps({"../../../etc/passwd": "Bark"}).encode()),
    ("a.json", json.dumps(dict.fromkeys(NAMES, "Bark")).encode()),
    ("a.json", json.dumps({f"bark_{at % 4}.wav": name for at, name in enumerate(NAMES)}).encode()),
    ("a.csv", b"fname,labels\n../../../etc/passwd,Bark\n"),
    ("a.csv", b"fname,labels\n=1+1,Bark\n"),
    ("a.csv", b'fname,labels\n"' + b"x" * 1_000_000 + b'",Bark\n'),
    ("a.csv", b"fname,labels\n" + b"," * 100_000 + b"\n"),
    ("a.csv", b"fname,labels\na\x00b.wav,Bark\n"),
    ("a.csv", b'fname,labels\n"unclosed,Bark\n' * 3),
    ("a.csv", b"\x80\x04\x95cposix\nsystem\n"),
    ("a.csv", b"PK\x03\x04" + bytes(100)),
    ("a.csv", b""),
    ("a.csv", b"\r\r\r"),
    ("a.csv", b"fname,fname,labels,labels\na,b,c,d\n"),
    ("a.csv", b"labels\nBark\n"),
    ("../../x.csv", b"fname,labels\na.wav,Bark\n"),
    ("a.exe", b"MZ"),
    ("a.csv/../b.json", b"{}"),
]

# --- files dragged into Predict that are no sounds, or say odd things of themselves


def _riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


UPLOADS: list[tuple[str, bytes]] = [
    ("x.wav", b""),
    ("x.wav", b"RIFF"),
    ("x.wav", _riff(b"fmt " + struct.pack("<I", 0xFFFFFFFF))),
    (
        "x.wav",
        _riff(
            b"fmt " + struct.pack("<IHHIIHH", 16, 1, 0, 0, 0, 0, 0), b"data" + struct.pack("<I", 0x7FFFFFFF)
        ),
    ),
    ("x.wav", _riff(b"fmt " + struct.pack("<IHHIIHH", 16, 1, 65535, 2**32 - 1, 1, 65535, 65535))),
    ("x.wav", b"<html><script>alert(1)</script></html>"),
    ("x.wav", b"#EXTM3U\nfile:///etc/passwd\n"),
    ("x.wav", b"ffconcat version 1.0\nfile /etc/passwd\n"),
    ("x.flac", b"fLaC" + bytes(38)),
    ("x.mp3", b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(100)),
    ("x.ogg", b"OggS" + b"\xff" * 200),
    ("../../../x.wav", b"RIFF"),
    ("![](http://evil.example/i.png).wav", b"RIFF"),
    ("<img src=x onerror=alert(1)>.wav", b"RIFF"),
    ("x" * 5_000 + ".wav", b"RIFF"),
    ("a\nb.wav", b"RIFF"),
    ("", b"RIFF"),
]

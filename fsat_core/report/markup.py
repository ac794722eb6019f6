"""HTML of a report: every text in it is escaped here, and nowhere else."""

import html
import math
from collections.abc import Iterable, Sequence

from fsat_core.text import readable

STYLE = """
:root { color-scheme: light dark;
  --text: #16211f; --back: #fff; --line: #d3dbd9; --faint: #4d5b58; --mark: #0b7a75; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e9f0ee; --back: #101716; --line: #33413e; --faint: #a9b8b4; --mark: #45b8ae; }
}
@media print {
  :root { color-scheme: light; --text: #000; --back: #fff; --line: #bbb; --faint: #444; --mark: #0b7a75; }
}
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; background: var(--back); color: var(--text);
  font: 15px/1.5 "Source Sans 3", "Source Sans Pro", system-ui, sans-serif; }
h1 { font-size: 1.6rem; overflow-wrap: anywhere; }
h2 { margin-top: 2rem; border-bottom: 1px solid var(--line); font-size: 1.2rem; break-after: avoid; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.15rem 0.75rem 0.15rem 0; border-bottom: 1px solid var(--line); text-align: left; }
th { font-weight: 600; } td.number, th.number { text-align: right; } tr { break-inside: avoid; }
.faint, figcaption { color: var(--faint); }
.warning { border-left: 3px solid #c65d1e; padding-left: 0.75rem; }
.wide + .wide { margin-top: 1.5rem; }
.curves { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; break-inside: avoid; }
svg text { fill: var(--faint); font-size: 11px; } svg .grid { stroke: var(--line); }
svg .bar { stroke: var(--mark); stroke-width: 2; } svg .dot { fill: var(--mark); }
.matrix th, .matrix td { padding: 0 0.3rem; font-size: 0.75rem; text-align: center; }
.matrix th:first-child { text-align: right; white-space: nowrap; }
.matrix thead th { height: 7rem; vertical-align: bottom; }
.matrix thead th span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; }
.matrix td { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
"""


def escape(text: object) -> str:
    """Text as HTML shows it."""
    return "<br>".join(html.escape(readable(line)) for line in str(text).splitlines())


def paragraph(text: object, kind: str = "") -> str:
    """A paragraph; `kind` is "", "faint" or "warning"."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def section(title: str, *parts: str) -> str:
    """A part of the report under its heading."""
    return "\n".join([f"<h2>{escape(title)}</h2>", *filter(None, parts)])


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; numbers are to the right, and a cell that is already HTML is a `Markup`."""
    body = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>'


def facts(rows: Iterable[tuple[str, object]]) -> str:
    """A table of names and what they stand for."""
    body = "\n".join(f'<tr><th scope="row">{escape(name)}</th>{_cell(value)}</tr>' for name, value in rows)
    return f'<div class="wide"><table><tbody>\n{body}\n</tbody></table></div>'


class Markup(str):
    """HTML that has been escaped."""


def number(value: float, digits: int = 3) -> str:
    """A number, or a dash where there is none."""
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"


def document(title: str, body: Iterable[str]) -> str:
    """The whole file."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}</style></head>\n<body>\n<main>\n" + "\n".join(body) + "\n</main>\n</body></html>\n"
    )


def _cell(value: object) -> str:
    if isinstance(value, Markup):
        return f"<td>{value}</td>"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = f"{value:,}" if isinstance(value, int) and is_number else value
    return f'<td class="number">{escape(text)}</td>' if is_number else f"<td>{escape(text)}</td>"

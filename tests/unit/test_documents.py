"""Links between documents lead somewhere, and every package that is needed has a notice."""

import json
import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OTHERS = {"node_modules", "runs"}  # folders whose documents are not ours
DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part in OTHERS for part in path.relative_to(ROOT).parts)
)


def anchors_of(text: str) -> set[str]:
    """What a link may name after `#`, as GitHub makes it of each heading."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", prose, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(document: Path) -> list[str]:
    """The relative links of a document that lead nowhere: no such file, or no such heading in it."""
    text = document.read_text()
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        if re.match(r"[a-z]+:", link):
            continue
        if not target.exists() or (anchor and anchor not in anchors_of(target.read_text())):
            broken.append(link)
    return broken


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_links_lead_somewhere(document: Path) -> None:
    assert broken_links(ROOT / document) == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Two words: `a_b`\n```\n# no heading\n```\n")
    document = tmp_path / "document.md"
    document.write_text(
        "[a](other.md) [b](other.md#two-words-a_b) [c](https://example.org/x) [d](gone.md)\n"
        "[e](other.md#no-heading) [f](#here)\n\n# Here\n[g](#there)\n"
    )
    assert broken_links(document) == ["gone.md", "other.md#no-heading", "#there"]


def test_every_package_that_is_needed_has_a_notice() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    own = re.compile(rf"{project['name']}\[([\w,-]+)\]")
    needed: dict[str, set[str]] = defaultdict(set)
    for extra, requirements in extras.items():
        included = [name for found in map(own.match, requirements) if found for name in found[1].split(",")]
        for requirement in [*requirements, *(each for name in included for each in extras[name])]:
            if not own.match(requirement):
                needed[name_of(requirement)].add(extra)
    page = (ROOT / "docs" / "third-party.md").read_text()
    always, with_an_extra, of_scripts = re.split("^## With an.*|^## For checking.*", page, flags=re.MULTILINE)
    assert {name for name, _ in notices(always)} == set(map(name_of, project["dependencies"]))
    documented: dict[str, set[str]] = defaultdict(set)
    for name, cell in notices(with_an_extra):
        documented[name] |= set(re.findall(r"`([\w-]+)`", cell))
    assert documented == needed
    package = json.loads((ROOT / "package.json").read_text())
    assert {name for name, _ in notices(of_scripts)} == set(package["devDependencies"])


def name_of(requirement: str) -> str:
    return re.match(r"[\w-]+", requirement)[0]  # type: ignore[index]


def notices(text: str) -> list[tuple[str, str]]:
    """The packages of a table, each with the cell after its name."""
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|", text, flags=re.MULTILINE)
    return [(name, cell) for names, cell in rows for name in re.findall(r"`([\w@/-]+)`", names)]

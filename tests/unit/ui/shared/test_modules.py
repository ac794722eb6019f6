"""Scripts that import each other, joined to one."""

import re
from pathlib import Path

import pytest

from ui.shared.modules import join_modules

UI = Path(__file__).parents[4] / "ui"


def _write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.js").write_text(text)
    return folder / "main.js"


def test_each_module_comes_once_and_below_what_it_imports(tmp_path: Path) -> None:
    main = _write(
        tmp_path,
        main='import { A, b } from "./a.js";\nimport { c } from "./c.js";\n\nexport default new A(b, c);\n',
        a='// Says why.\n\nimport { c } from "./c.js";\n\nexport class A {}\nexport const b = c;\n',
        c="export function c() {}\nexport async function d() {}\n",
    )
    assert [line for line in join_modules(main).splitlines() if line] == [
        "function c() {}",
        "async function d() {}",
        "// Says why.",
        "class A {}",
        "const b = c;",
        "export default new A(b, c);",
    ]


def test_modules_of_other_folders_are_found_and_are_one_module(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "number.js").write_text("export const one = 1;\n")
    (tmp_path / "page").mkdir()
    main = _write(
        tmp_path / "page",
        main='import { one } from "../shared/number.js";\nimport { two } from "./two.js";\n',
        two='import { one } from "../page/../shared/number.js";\nexport const two = 2 * one;\n',
    )
    assert join_modules(main).count("const one") == 1


def test_a_name_of_two_modules_is_refused(tmp_path: Path) -> None:
    main = _write(
        tmp_path, main='import { a } from "./a.js";\nlet b = a;\n', a="export const a = 1;\nlet b;\n"
    )
    with pytest.raises(ValueError, match=r"main\.js declares 'b', as a\.js does"):
        join_modules(main)


def test_a_circle_is_refused(tmp_path: Path) -> None:
    main = _write(
        tmp_path,
        main='import { a } from "./a.js";\n',
        a='import { b } from "./b.js";\nexport const a = 1;\n',
        b='import { a } from "./a.js";\nexport const b = 1;\n',
    )
    with pytest.raises(ValueError, match=r"^a\.js -> b\.js -> a\.js: expected no circle"):
        join_modules(main)


@pytest.mark.parametrize(
    "line",
    [
        'import a from "./a.js";',
        'import * as a from "./a.js";',
        'import { a as other } from "./a.js";',
        'import { a } from "a";',
        "import {",
        'export { a } from "./a.js";',
        'export * from "./a.js";',
        "export const { a, b } = c;",
        'const a = await import("./a.js");',
    ],
)
def test_other_ways_to_import_and_export_are_refused(tmp_path: Path, line: str) -> None:
    main = _write(tmp_path, main=f"// Main.\n{line}\n", a="export const a = 1;\n")
    with pytest.raises(ValueError, match=re.escape(f'main.js: "{line}": expected import')):
        join_modules(main)


def test_only_main_has_a_default(tmp_path: Path) -> None:
    main = _write(tmp_path, main='import { a } from "./a.js";\n', a="export let a;\nexport default a;\n")
    with pytest.raises(ValueError, match=r'^a\.js: "export default a;"'):
        join_modules(main)


@pytest.mark.parametrize("main", ["label/main.js", "player/main.js"])
def test_the_components_are_joined(main: str) -> None:
    joined = join_modules(UI / main)
    assert not re.search(r"^import ", joined, re.MULTILINE)
    assert re.findall(r"^export .*", joined, re.MULTILINE) == [
        line for line in joined.splitlines() if line.startswith("export default makeComponent(")
    ]
    assert joined.count("\nclass Drawing {") == 1

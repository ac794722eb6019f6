"""Mutants of a package: one operator, constant, condition or statement changed. Does a test notice?

    python -m benchmarks.faults.mutants [--package runs] [--seed 0] [--first 0] [--number 60] [--wider TESTS]

For code that starts processes of its own, which mutmut cannot follow. The seed decides in which order all
mutants of `fsat_core/PACKAGE` come; `--number` of them are tried, from `--first` on, in a copy of the tracked
files. Each meets the unit tests of its module, then those of the package, then the wider ones, until a test
fails. One that never ends counts as noticed. Exit status 1 where less than 85 % are noticed.
"""

import argparse
import ast
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

TOP = Path(__file__).parents[2]
WANTED = 0.85
WIDER = (
    "tests/integration/test_run_commands.py",
    "tests/integration/test_queue.py",
    "tests/integration/test_gone_clips.py",
    "tests/integration/test_worker_failures.py",
    "tests/unit/prediction",
    "tests/unit/evaluation",
    "tests/unit/training",
    "tests/contract/test_executors.py",
    "tests/app/test_run_management.py",
)
_PATIENCE_S = 900.0  # in which any of these tests ends that does end
_COMPARISONS = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
_OPERATORS = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "/",
    ast.Div: "*",
    ast.FloorDiv: "/",
    ast.Mod: "/",
    ast.BitOr: "&",
    ast.BitAnd: "|",
}


@dataclass(frozen=True)
class Mutant:
    """One change to a file: `before` became `after` in line `line`; `content` is the whole file."""

    path: Path
    line: int
    kind: str
    before: str
    after: str
    content: bytes

    def __str__(self) -> str:
        """The change in a line."""
        return f"{self.path.name}:{self.line} {self.kind}: {self.before[:60]!r} -> {self.after[:60]!r}"


class _Source:
    """A file, and where the nodes of its tree are in it, in bytes."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._lines = [0, *accumulate(map(len, content.splitlines(keepends=True)))]

    def span(self, node: ast.expr) -> tuple[int, int]:
        """First byte of a node, and the one after its last."""
        last, column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._lines[node.lineno - 1] + node.col_offset, self._lines[last - 1] + column

    def between(self, left: ast.expr, right: ast.expr) -> tuple[int, int]:
        """What is between two nodes: an operator."""
        return self.span(left)[1], self.span(right)[0]

    def text(self, start: int, end: int) -> str:
        """What stands there."""
        return self.content[start:end].decode()


def mutants_of(path: Path, content: bytes) -> list[Mutant]:
    """All mutants of a file: of what its functions do, and not of annotations, docstrings and f-strings."""
    tree, source = ast.parse(content), _Source(content)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    chosen = {id(node) for function in functions for part in function.body for node in ast.walk(part)}
    chosen -= {id(node) for part in _left_alone(tree) for node in ast.walk(part)}
    mutants = []
    for node in ast.walk(tree):
        if id(node) not in chosen:
            continue
        for kind, (start, end), after in _changes(node, source):
            changed = content[:start] + after.encode() + content[end:]
            if changed != content and _is_python(changed):
                line = content.count(b"\n", 0, start) + 1
                mutants.append(Mutant(path, line, kind, source.text(start, end), after, changed))
    return mutants


def _left_alone(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr():
                yield node
            case ast.arg(annotation=ast.expr() as annotation) | ast.AnnAssign(annotation=annotation):
                yield annotation
            case ast.FunctionDef(decorator_list=decorators, returns=returns, body=[first, *_]):
                yield from decorators
                yield from [returns] if returns else []
                if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                    yield first.value


def _changes(node: ast.AST, source: _Source) -> Iterator[tuple[str, tuple[int, int], str]]:
    """Each change to a node: its kind, the bytes that it replaces, and by what."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in _COMPARISONS:
            yield "compare", source.between(left, right), f" {_COMPARISONS[type(operator)]} "
        case ast.BoolOp(op=operator, values=values):
            old, new = ("and", "or") if isinstance(operator, ast.And) else ("or", "and")
            for place in (source.between(left, right) for left, right in pairwise(values)):
                yield "and, or", place, source.text(*place).replace(old, new, 1)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "not", source.span(node), source.text(*source.span(operand))
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            yield "arithmetic", source.between(left, right), f" {_OPERATORS[type(operator)]} "
        case ast.Constant(value=bool() as value):
            yield "constant", source.span(node), str(not value)
        case ast.Constant(value=int() | float() as value):
            yield "constant", source.span(node), repr(value + 1)
        case ast.Constant(value=str() as value):
            yield "text", source.span(node), repr(f"XX{value}XX")
        case ast.If(test=test) | ast.While(test=test):
            yield "condition", source.span(test), f"not ({source.text(*source.span(test))})"
        case ast.Return(value=ast.expr() as value) if (
            not isinstance(value, ast.Constant) or value.value is not None
        ):
            yield "result", source.span(value), "None"
        case ast.Expr(value=ast.Call() as call):
            yield "call", source.span(call), "pass"
        case ast.keyword(arg=str(), value=value) if source.text(*source.span(value)) != "None":
            yield "argument", source.span(value), "None"


def _is_python(content: bytes) -> bool:
    try:
        ast.parse(content)
    except SyntaxError:
        return False
    return True


def notice(mutant: Mutant, copy: Path, stages: Sequence[Sequence[str]]) -> str:
    """How a mutant was noticed, "failed" or "never ended", and by which tests; "" where it was not."""
    path = copy / mutant.path
    before = path.read_bytes()
    try:
        path.write_bytes(mutant.content)
        for tests in stages:
            if tests and (how := _run(tests, copy)):
                return f"{how}: {tests[0]}"
        return ""
    finally:
        path.write_bytes(before)


def _run(tests: Sequence[str], copy: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        command, cwd=copy, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        return "failed" if process.wait(_PATIENCE_S) else ""
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return "never ended"


def stages_of(mutant: Mutant, package: str, wider: Sequence[str]) -> list[list[str]]:
    """The tests that a mutant meets, the nearest first."""
    own = Path("tests/unit") / package / f"test_{mutant.path.stem}.py"
    return [[str(own)] if (TOP / own).exists() else [], [f"tests/unit/{package}"], list(wider)]


def copy_tracked(target: Path) -> None:
    """Copy all files that git knows of."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (TOP / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TOP / name, target / name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--package", default="runs")
    parser.add_argument("--number", type=int, default=60)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--wider", nargs="*", default=WIDER, metavar="TESTS")
    options = parser.parse_args(arguments)
    files = sorted((TOP / "fsat_core" / options.package).glob("*.py"))
    every = [mutant for path in files for mutant in mutants_of(path.relative_to(TOP), path.read_bytes())]
    order = random.Random(options.seed).sample(every, len(every))
    chosen = order[options.first : options.first + options.number]
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        copy_tracked(Path(folder))
        for number, mutant in enumerate(chosen, options.first):
            how = notice(mutant, Path(folder), stages_of(mutant, options.package, options.wider))
            survivors += [] if how else [str(mutant)]
            print(number, how or "not noticed", mutant, flush=True)
    print(json.dumps({"mutants": len(every), "tried": len(chosen), "not_noticed": survivors}, indent=2))
    return 0 if len(chosen) - len(survivors) >= WANTED * len(chosen) else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""benchmarks/faults/mutants.py on code that is made up."""

from pathlib import Path

from benchmarks.faults.mutants import mutants_of, notice

PATH = Path("fsat_core/made_up/limits.py")
CODE = b'''"""A module."""

MOST = 10


def check(value: "int", by: int = 1) -> str:
    """The docstring."""
    if value >= MOST and not by:
        print(value, file=None, sep="")
    return f"{value + 1}" or "\xc3\xa4"


def add(a, b):
    return a + b - 1
'''


def test_each_change_of_what_a_function_does() -> None:
    mutants = mutants_of(PATH, CODE)
    assert {(mutant.line, mutant.kind, mutant.before, mutant.after) for mutant in mutants} == {
        (8, "condition", "value >= MOST and not by", "not (value >= MOST and not by)"),
        (8, "and, or", " and ", " or "),
        (8, "compare", " >= ", " > "),
        (8, "not", "not by", "by"),
        (9, "call", 'print(value, file=None, sep="")', "pass"),
        (9, "argument", '""', "None"),
        (9, "text", '""', "'XXXX'"),
        (10, "result", 'f"{value + 1}" or "\u00e4"', "None"),
        (10, "and, or", " or ", " and "),
        (10, "text", '"\u00e4"', "'XX\u00e4XX'"),
        (14, "result", "a + b - 1", "None"),
        (14, "arithmetic", " - ", " + "),
        (14, "arithmetic", " + ", " - "),
        (14, "constant", "1", "2"),
    }
    assert len({mutant.content for mutant in mutants}) == len(mutants) == 14


def test_a_mutant_is_noticed_by_the_first_tests_that_fail_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / PATH).parent.mkdir(parents=True)
    (tmp_path / PATH).write_bytes(CODE)
    load = f"exec(open({str(tmp_path / PATH)!r}).read())\n"
    (tmp_path / "test_near.py").write_text(load + "def test():\n    assert add(1, 2) == add(2, 1)\n")
    (tmp_path / "test_far.py").write_text(load + "def test():\n    assert add(1, 2) == 2\n")
    stages = [[], ["test_near.py"], ["test_far.py"]]
    found = {mutant.after: mutant for mutant in mutants_of(PATH, CODE) if mutant.line == 14}
    assert notice(found[" - "], tmp_path, stages) == "failed: test_near.py"
    assert notice(found["2"], tmp_path, stages) == "failed: test_far.py"
    assert notice(found["2"], tmp_path, stages[:2]) == ""
    assert (tmp_path / PATH).read_bytes() == CODE

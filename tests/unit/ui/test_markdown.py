"""No text that is not ours is taken for Markdown: every call that draws text gets it through `plain`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[3]
FILES = sorted([TOP / "app.py", *(TOP / "pages").glob("*.py"), *(TOP / "ui").rglob("*.py")])

# Calls whose first argument is Markdown, or whose second is a list of Markdown; `help` and `text` always are.
TEXTS = {
    *("markdown", "caption", "header", "subheader", "title", "write", "metric", "badge", "toast", "latex"),
    *("error", "warning", "info", "success", "exception", "spinner", "status", "progress", "dialog"),
    *("button", "download_button", "form_submit_button", "link_button", "page_link", "menu_button"),
    *(
        "show_chart",
        "choose_point",
        "popover",
        "expander",
        "checkbox",
        "toggle",
        "radio",
        "selectbox",
        "multiselect",
        "pills",
        "table",
    ),
    *(
        "segmented_control",
        "number_input",
        "text_input",
        "text_area",
        "file_uploader",
        "audio_input",
        "number",
    ),
}
OPTIONS = {"radio", "pills", "segmented_control", "tabs", "menu_button"}
NAMED = ("label", "body", "help", "text", "value", "delta", "caption")

# What gives text that may be drawn: it is escaped, or made of numbers and of words of ours alone.
ESCAPES = {"plain", "explain"}
OURS = {
    *("describe_run", "size_text", "rough_duration", "duration_text", "len", "counted"),
}
NUMBERS = {"n_folds", "max_epochs", "per_fold", "fold"}
# Arguments that are ours although the expression alone does not show it, and why.
KNOWN = {
    "pages/clips.py": {
        "summarise(listing)": "numbers, and words of its own",
    },
    "pages/evaluate.py": {"list(views)": "its keys are ours"},
    "pages/label.py": {"title": "a key of its own table"},
    "pages/train.py": {"label": "each caller gives a text of ours"},
    "ui/shared/ears.py": {"f'{reason} {_what_it_takes(place)}'": "sentences of ours, and numbers"},
    "ui/classes/choice.py": {"name": "Previous or Next"},
    "ui/clips/clip_list.py": {
        "lambda show: _SHOW_NAMES.get(show, show.capitalize())": "one of SHOW_CHOICES",
    },
    "ui/curves/charts.py": {"_how_to_read(run, folds)": "escapes what is not a sentence of ours"},
    "ui/evaluate/ensembles.py": {
        "_name_best({method: own.lwlrap for method, own in scores.items()}, best)": "a sentence of ours",
        "_test_table(rows)": "escapes its names",
    },
    "ui/evaluate/truth.py": {"table": "escapes its names"},
    "ui/label/sending.py": {
        "label": "each caller gives a text of ours",
        "access.hint('label', explanation)": "the same",
    },
    "ui/predict/evidence.py": {"_summarise(near, rows)": "escapes its names"},
    "ui/shared/charts.py": {"caption": "each caller's is looked at"},
    "ui/predict/clips.py": {"path": "a file that is written"},
    "ui/shared/runs.py": {"page": "the path of a page of ours"},
    "ui/shared/tables.py": {"label": "each caller gives a text of ours", "help": "the same"},
    "ui/train/run_form.py": {"st.session_state[_COPIED]": "escaped by `copy_run`"},
}


class Scope:
    """What names stand for in one function, or in the module."""

    def __init__(self, tree: ast.AST, outer: "Scope | None" = None) -> None:
        self.outer = outer
        self.values: dict[str, list[ast.expr]] = {}
        for node in _own_nodes(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._bind(target, node.value)
            elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
                self._bind(node.target, node.value)
            elif isinstance(node, ast.For | ast.comprehension):
                self._bind(node.target, node.iter)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        names = [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]
        pairs = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
        for at, name in enumerate(names):
            same = pairs and len(target.elts) == len(value.elts)  # type: ignore[attr-defined]
            self.values.setdefault(name, []).append(value.elts[at] if same else value)  # type: ignore[attr-defined]


def _own_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function or module, without those of the functions in it."""
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            yield child
            yield from _own_nodes(child)


def is_ours(node: ast.expr | None, scope: Scope | None, seen: frozenset[str] = frozenset()) -> bool:
    """Whether an expression gives nothing but text of ours, numbers, and what has been escaped."""
    if isinstance(node, ast.Name | ast.Attribute):
        last = node.id if isinstance(node, ast.Name) else node.attr
        if last in NUMBERS or last.startswith("num_"):
            return True
    match node:
        case None | ast.Constant():
            return True
        case ast.JoinedStr(values=parts):
            return all(is_ours(part, scope, seen) for part in parts)
        case ast.FormattedValue(value=value, format_spec=spec):
            is_number = spec is not None and any(
                mark in ast.unparse(spec) for mark in (",", ".", "%", "d", "g")
            )
            return is_number or is_ours(value, scope, seen)
        case ast.Call(func=ast.Name(id=name)) if name in ESCAPES | OURS:
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="access"), attr="hint"), args=[_, *otherwise]):
            return all(is_ours(each, scope, seen) for each in otherwise)
        case ast.Call(func=ast.Attribute(attr="join"), args=[parts]):
            return is_ours(parts, scope, seen)
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in ("get", "__getitem__", "items"):
            return is_ours(value, scope, seen) and all(is_ours(each, scope, seen) for each in node.args[1:])
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in (
            "lower",
            "upper",
            "capitalize",
            "strip",
        ):
            return is_ours(value, scope, seen)
        case ast.Call(func=ast.Name(id="map"), args=[ast.Name(id=name), *_]) if name in ESCAPES:
            return True
        case ast.Call(func=ast.Name(id=("list" | "str" | "map" | "zip" | "enumerate")), args=arguments):
            return all(is_ours(each, scope, seen) for each in arguments)
        case ast.BinOp(left=left, right=right):
            return is_ours(left, scope, seen) and is_ours(right, scope, seen)
        case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Tuple(elts=values):
            return all(is_ours(each, scope, seen) for each in values)
        case ast.Dict(keys=keys, values=values):
            return all(is_ours(each, scope, seen) for each in [*keys, *values])
        case ast.IfExp(body=body, orelse=orelse):
            return is_ours(body, scope, seen) and is_ours(orelse, scope, seen)
        case ast.Subscript(value=value) | ast.Starred(value=value) | ast.Attribute(value=value):
            return is_ours(value, scope, seen)
        case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element):
            return is_ours(element, scope, seen)
        case ast.Lambda(body=body):
            return is_ours(body, scope, seen)
        case ast.Name(id=name):
            if name.strip("_").isupper() or name in ("str", "dict"):
                return True
            while scope is not None and name not in scope.values:
                scope = scope.outer
            return (
                scope is not None
                and name not in seen
                and all(is_ours(value, scope, seen | {name}) for value in scope.values[name])
            )
    return False


def doubtful(source: str) -> list[str]:
    """The arguments in a source that are drawn as Markdown and may be somebody else's text."""
    found: list[str] = []
    _search(ast.parse(source), None, found)
    return found


def _search(tree: ast.AST, outer: Scope | None, found: list[str]) -> None:
    scope = Scope(tree, outer)
    for node in ast.iter_child_nodes(tree):
        _search_node(node, scope, found)


def _search_node(node: ast.AST, scope: Scope, found: list[str]) -> None:
    if isinstance(node, ast.FunctionDef):
        _search(node, scope, found)
        return
    if isinstance(node, ast.Call):
        found += [
            f"line {each.lineno}: {ast.unparse(each)}" for each in drawn(node) if not is_ours(each, scope)
        ]
    for child in ast.iter_child_nodes(node):
        _search_node(child, scope, found)


def drawn(call: ast.Call) -> list[ast.expr]:
    """The arguments of a call that are drawn as Markdown."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in TEXTS | OPTIONS:
        return []
    no_texts = {
        "progress",
        "show_chart",
        "choose_point",
        "tabs",
    }  # whose first argument is a number, a figure, a list
    given = [] if name in no_texts else call.args[:1]
    if name == "metric":
        given = call.args[:3]
    named = {each.arg: each.value for each in call.keywords}
    if name in OPTIONS:
        given += [named["format_func"]] if "format_func" in named else call.args[-1:]
    skipped = ("value",) if name != "metric" else ()
    return given + [named[each] for each in NAMED if each in named and each not in skipped]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TOP)))
def test_no_text_of_others_is_markdown(path: Path) -> None:
    known = set(KNOWN.get(str(path.relative_to(TOP)), ()))
    found = doubtful(path.read_text(encoding="utf-8"))
    assert [each for each in found if each.partition(": ")[2] not in known] == []
    assert known <= {each.partition(": ")[2] for each in found}, "no longer there: take it out of KNOWN"


@pytest.mark.parametrize(
    "source",
    [
        "st.markdown(name)",
        "st.error(str(error))",
        "st.caption(f'{clip_id}. Nothing yet.')",
        "def f(run):\n    text = f'by {run.run_id}'\n    st.info(text)",
        "def f(names):\n    for name in names:\n        st.badge(name)",
        "box.header(clip['fname'], anchor=False)",
        "st.button('Go', help=describe(run))",
        "st.progress(0.5, text=status.message)",
        "st.pills('Tags', tags)",
        "st.pills('Tags', tags, format_func=lambda tag: f':material/label: {tag}')",
        "st.metric('Clips', value)",
        "st.table(pd.DataFrame(rows))",
        "st.page_link(TRAIN, label=run.run_id)",
        "show_chart(figure, table, key='a', caption=f'By {run.run_id}', alt=name)",
    ],
)
def test_a_text_of_others_is_seen(source: str) -> None:
    assert doubtful(source)


@pytest.mark.parametrize(
    "source",
    [
        "st.markdown(f'**{plain(name)}** has {count:,} clips')",
        "st.error(explain(error))",
        "def f(many):\n    text = 'many' if many else 'few'\n    st.info(text)",
        "def f():\n    for title, icon in TITLES.items():\n        st.badge(title)",
        "st.pills('Tags', tags, format_func=lambda tag: f':material/label: {plain(tag)}')",
        "st.dataframe(table)",
        "st.progress(done / total, text=f'{done:,} of {total:,}')",
    ],
)
def test_a_text_of_ours_is_not_held_up(source: str) -> None:
    assert doubtful(source) == []

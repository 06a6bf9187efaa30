"""What no linter looks at: light imports, documented modules, named outer edges."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOTS = [str(ROOT / name) for name in ("app", "agent", "themes")]
EXAMPLES = ROOT / "app" / "goose_tui" / "tour" / "project"
"""A project that the tour works on: it has mistakes on purpose."""
MODULES = sorted(
    path
    for package in ("agent/goose_agent", "app/goose_tui", "themes/goose_themes")
    for path in (ROOT / package).rglob("*.py")
    if EXAMPLES not in path.parents
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
HEAVY = (
    *("textual", "rich", "mcp", "httpx", "pydantic", "yaml", "tiktoken", "pygments"),
    *("opentelemetry", "jsonschema", "tree_sitter"),
)

OUTER_EDGES = {
    "agent/goose_agent/extensions/third_party.py",
    "agent/goose_agent/loop/extending.py",
    "agent/goose_agent/mcp/servers.py",
    "agent/goose_agent/telemetry/export.py",
    "agent/goose_agent/permissions/inspectors/inspector.py",
    "agent/goose_agent/tools/registry.py",
    "app/goose_tui/launch.py",
}
"""Where any exception may be caught: it is shown, or goes on."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Every call of a dotted name: its line and the name."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def imported_with(module: str) -> set[str]:
    """The top-level packages loaded once a module is imported in a fresh process."""
    code = (
        f"import sys; sys.path[:0] = {ROOTS!r}; import {module}; "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("goose_agent", ()),
        ("goose_agent.engine", ()),
        ("goose_agent.events", ()),
        ("goose_agent.state.reduce", ()),
        ("goose_agent.permissions.shell.verdict", ()),
        ("goose_tui.launch", ()),
        ("goose_tui.first_frame", ()),
        ("goose_tui.cli.commands", ()),
        ("goose_tui.cli.run", ()),
        ("goose_tui.plain.start", ()),
        ("goose_tui.app", ("textual", "rich", "tree_sitter")),  # Textual takes it: one millisecond
        ("goose_tui.start", ()),
        ("goose_tui.theming", ("textual", "rich")),
        ("goose_tui.slash.table", ("rich",)),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_used(module: str, allowed: tuple[str, ...]) -> None:
    assert imported_with(module) & set(HEAVY) <= set(allowed)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_says_what_it_is_for_and_what_it_offers(path: Path) -> None:
    module = tree(path)
    assert ast.get_docstring(module), "has no docstring"
    if path.name == "__init__.py" and len(module.body) == 1:
        return
    names = [
        target.id
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    ]
    assert "__all__" in names or names == ["__version__"], "has no __all__"


def test_any_exception_is_caught_only_at_the_outer_edges() -> None:
    found = {
        name(path)
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and _catches_all(node)
    }
    assert found <= OUTER_EDGES


def _catches_all(handler: ast.ExceptHandler) -> bool:
    """Whether it catches what it cannot name; clean-up that raises it again does not count."""
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    caught = {ast.unparse(each) for each in types if each is not None}
    if not caught or "BaseException" in caught:
        return not any(isinstance(node, ast.Raise) for node in ast.walk(handler))
    return "Exception" in caught


@pytest.mark.parametrize("call", ["time.sleep", "asyncio.create_task", "asyncio.ensure_future"])
def test_nothing_blocks_or_runs_without_an_owner(call: str) -> None:
    found = [
        f"{name(path)}:{line}"
        for path in (*MODULES, *TESTS)
        for line, called in calls(path)
        if called == call or called == call.rpartition(".")[2]
    ]
    assert found == []


def test_an_ignored_type_error_has_its_code_and_a_reason() -> None:
    wanted = re.compile(r"# type: ignore\[[a-z-]+(, [a-z-]+)*\] # \w")
    found = []
    for path in (*MODULES, *TESTS):
        with path.open("rb") as file:
            found += [
                f"{name(path)}:{token.start[0]}"
                for token in tokenize.tokenize(file.readline)
                if token.type == tokenize.COMMENT
                and token.string.startswith("# type:")
                and not wanted.match(token.string)
            ]
    assert found == []

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from agent.tools.running_call import RunningCall
from goose_agent.events import Preview
from goose_agent.tools.ask_user import AskUser
from goose_agent.tools.developer import Developer
from goose_agent.tools.plan import Plan
from goose_agent.tools.registry import Registry, Tool
from goose_agent.tools.tool import CallContext, Extension, ToolFailure, ToolOutput, Workspace, tool


class Greeter(Extension):
    name = "greeter"

    @tool(effect="session", summary="names")
    async def greet(self, call: CallContext, names: list[str]) -> str:
        """Greet people.

        Args:
            call: The running call.
            names: Whom.
        """
        if not names:
            raise ToolFailure("Nobody to greet.")
        return f"Hello {', '.join(names)}"

    @tool(effect="session")
    async def shell(self, call: CallContext) -> str:
        """Not that shell."""
        return "sea"


@pytest.fixture
def registry() -> Registry:
    return Registry([Developer(), Plan(), AskUser(), Greeter()])


def found(registry: Registry, name: str) -> Tool:
    tool = registry.find(name)
    assert tool is not None
    return tool


def test_the_order_is_that_of_the_extensions_and_their_code(registry: Registry) -> None:
    assert [tool.name for tool in registry] == [
        "shell",
        "processes",
        "patch",
        "read",
        "write",
        "edit",
        "glob",
        "grep",
        "tree",
        "update_plan",
        "present_plan",
        "ask_user",
        "greet",
        "greeter__shell",
    ]


def test_the_built_in_tools_cost_a_model_less_than_six_kilobytes() -> None:
    schemas = Registry([Developer(), Plan(), AskUser()]).schemas("plan")
    assert len(msgspec.json.encode(schemas)) < 6000


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("shell", "shell"),
        ("functions.shell", "shell"),
        ("functions.shell:0", "shell"),
        ("functions__greeter__shell", "greeter__shell"),
        ("developer__shell", "shell"),
        ("developer.shell", "shell"),
        ("default_api.update-plan", "update_plan"),
        ("Shell", "shell"),
        (" shell ", "shell"),
        ("shell<|channel|>commentary", "shell"),
        ("greeter__shell", "greeter__shell"),
    ],
)
def test_mangled_names_are_understood(registry: Registry, said: str, meant: str) -> None:
    assert found(registry, said).name == meant


@pytest.mark.parametrize("said", ["", "shel", "other__shell", "functions.", "bash", "a.b.c"])
def test_other_names_are_not_guessed(registry: Registry, said: str) -> None:
    assert registry.find(said) is None


def test_a_model_that_calls_an_unknown_tool_reads_which_there_are(registry: Registry) -> None:
    text = registry.unknown("shel")
    assert text.startswith(
        "There is no tool `shel`. Did you mean `shell`? Available tools: shell, "
    )


async def test_a_failure_becomes_an_output_for_the_model(
    registry: Registry, call: RunningCall
) -> None:
    greet = found(registry, "greet")
    assert await greet.run(call, {"names": []}) == ToolOutput("Nobody to greet.", is_error=True)
    assert await greet.run(call, {"names": ["Ann", "Bo"]}) == ToolOutput("Hello Ann, Bo")


async def test_arguments_that_do_not_fit_are_refused_when_it_runs_too(
    registry: Registry, call: RunningCall
) -> None:
    output = await found(registry, "greet").run(call, {"people": []})
    assert output.is_error
    assert "`names` is missing" in output.text


async def test_without_a_preview_of_its_own_a_call_shows_its_arguments(
    registry: Registry, call: RunningCall
) -> None:
    shown = await found(registry, "greet").preview(call.workspace, {"names": ["Zoë"]})
    assert shown == Preview("text", '{\n  "names": [\n    "Zoë"\n  ]\n}')


@pytest.mark.parametrize(
    ("name", "arguments", "line"),
    [
        ("shell", {"command": "pytest -q"}, "pytest -q"),
        ("shell", {"command": "cat <<E\na\nb\nE"}, "cat <<E (+3 lines)"),
        ("shell", {"command": "\n  ls\u2028pwd"}, "ls (+1 line)"),
        ("read", {"path": "/w/src/a.py"}, "src/a.py"),
        ("grep", {"pattern": "def ", "path": "src"}, "def  src"),
        ("glob", {"pattern": "*.py"}, "*.py"),
        ("greet", {"names": ["a", "b"]}, "2 items"),
        ("greeter__shell", {}, ""),
    ],
)
def test_a_summary_is_one_line(
    registry: Registry, name: str, arguments: dict[str, object], line: str
) -> None:
    workspace = Workspace(Path("/w"), (Path("/w"),))
    assert found(registry, name).summary(arguments, workspace) == line


def test_a_long_summary_is_cut(registry: Registry) -> None:
    workspace = Workspace(Path("/w"), (Path("/w"),))
    line = found(registry, "shell").summary({"command": "x" * 5000}, workspace)
    assert (len(line), line[-1]) == (200, "…")


def test_rules_are_about_the_command_or_the_path(registry: Registry) -> None:
    assert found(registry, "shell").rule_argument({"command": "make  x"}) == "make  x"
    assert found(registry, "edit").rule_argument({"path": "a/../b"}) == "a/../b"
    assert found(registry, "greet").rule_argument({"names": ["x"]}) == ""


def test_paths_left_to_their_default_are_named_too(registry: Registry) -> None:
    assert found(registry, "tree").paths({}) == (".",)
    assert found(registry, "read").paths({"path": "x"}) == ("x",)
    assert found(registry, "shell").paths({"command": "ls"}) == ()


@pytest.mark.parametrize(("name", "argument"), [("shell", "command"), ("read", "path")])
def test_no_command_or_path_holds_a_nul(registry: Registry, name: str, argument: str) -> None:
    problem = found(registry, name).parse(f'{{"{argument}": "a\\u0000b"}}')
    assert problem == f"`{argument}` must not contain a NUL character. Nothing was done."


def test_prompts_stand_below_headings(registry: Registry) -> None:
    prompts = registry.prompts()
    assert prompts.startswith("## developer\n\nPaths are relative")
    assert "## plan\n\n" in prompts
    assert "## greeter" not in prompts


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("read", ("read only", "idempotent")),
        ("write", ("destructive", "idempotent")),
        ("edit", ("destructive",)),
        ("shell", ("destructive", "open world")),
        ("update_plan", ("read only", "idempotent")),
    ],
)
def test_a_tool_says_what_is_to_be_known_of_its_effect(
    registry: Registry, name: str, words: tuple[str, ...]
) -> None:
    assert found(registry, name).mark.annotations.words == words

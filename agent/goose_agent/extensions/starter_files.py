"""What a new extension begins with: one small tool that works, and its test."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["starter_files"]

_EXTENSION = '''\
"""An extension: a class whose `@tool` methods a model may call."""

from __future__ import annotations

from goose_agent.tools.tool import CallContext, Extension, ToolFailure, tool


class {kind}(Extension):
    """What it is for, in a line."""

    name = "{name}"

    def prompt(self) -> str:
        """What the model should know beyond the descriptions of the tools; empty for nothing."""
        return ""

    # effect: "session" touches nothing, "read" looks at the files that `paths` names, "edit" changes
    # them, "net" speaks to the host of `url`, "run" may do anything. The gate goes by it.
    @tool(effect="read", paths=("path",), summary="path")
    async def {name}(self, call: CallContext, path: str) -> str:
        """Count the words of a text file.

        Args:
            call: The running call.
            path: The file.
        """
        file = call.workspace.resolve(path)
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ToolFailure(f"{{path}} cannot be read: {{error}}.") from error
        return f"{{len(text.split())}} words"
'''
_TEST = '''\
"""The tool as a session runs it: from the model's JSON to what the model reads."""

from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path
from types import SimpleNamespace

from goose_agent.tools.registry import Registry
from goose_agent.tools.tool import Workspace

SPEC = importlib.util.spec_from_file_location("{name}", Path(__file__).with_name("{name}.py"))
MODULE = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(MODULE)


def run(folder, arguments):
    tool = Registry([MODULE.{kind}()]).find("{name}")
    call = SimpleNamespace(workspace=Workspace(folder, (folder,)))
    return asyncio.run(tool.run(call, tool.parse(arguments)))


def test_it_counts_words(tmp_path):
    (tmp_path / "poem.txt").write_text("so much depends\\nupon", encoding="utf-8")
    assert run(tmp_path, \'{{"path": "poem.txt"}}\').text == "4 words"


def test_a_missing_file_is_told_to_the_model(tmp_path):
    output = run(tmp_path, \'{{"path": "none.txt"}}\')
    assert output.is_error and "none.txt cannot be read" in output.text
'''


def starter_files(name: str) -> Mapping[str, str]:
    """The text of each file, by its name.

    Args:
        name: of the extension and its tool: lower case letters, digits and `_`.
    """
    kind = "".join(word.capitalize() for word in name.split("_"))
    return {
        f"{name}.py": _EXTENSION.format(name=name, kind=kind),
        f"test_{name}.py": _TEST.format(name=name, kind=kind),
    }

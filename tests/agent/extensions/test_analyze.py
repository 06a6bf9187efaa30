"""What source code defines and who calls what, in each language."""

from __future__ import annotations

import json

import pytest

from goose_agent.extensions.choosing import own_extensions
from support.engine import Face, Rig
from support.models import FakeModel, calls, said

PYTHON = """\
class Parser:
    def parse(self, text):
        return split(text)

async def main():
    Parser().parse("a")
main()
"""


@pytest.fixture
def coding(rig: Rig) -> Rig:
    rig.made = own_extensions
    return rig


async def analyze(face: Face, model: FakeModel, **arguments: str) -> str:
    done = [said("done.")] * len(model.requests)
    model.answers = [*done, calls(("analyze", json.dumps(arguments)))]
    await face.ask("look")
    return str(face.data("tool.finished")[-1].text)


async def test_a_file_is_outlined_and_a_name_is_found_with_its_callers(
    coding: Rig, model: FakeModel
) -> None:
    coding.write("src/parser.py", PYTHON)
    coding.write("src/other.py", "from parser import Parser\n\nparse = Parser().parse(1)\n")
    coding.write(".gitignore", "built/\n")
    coding.write("built/parser.py", PYTHON)
    async with coding.session(mode="smart") as face:
        assert await analyze(face, model, path="src/parser.py") == (
            "src/parser.py\n"
            "  1-3  class Parser:\n"
            "    2-3  def parse(self, text):\n"
            "  5-6  async def main():"
        )
        assert await analyze(face, model) == (
            "src/parser.py\n  1-3  class Parser:\n  5-6  async def main():"
        )
        assert await analyze(face, model, symbol="parse") == (
            "src/other.py\n"
            "  calls    3  in the file itself\n"
            "src/parser.py\n"
            "  defines  2-3  def parse(self, text):\n"
            "  calls    6  in main"
        )
        assert "neither defined nor called in 2 files" in await analyze(
            face, model, symbol="nothing"
        )


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        (
            "a.ts",
            "interface Shape { area(): number }\nexport const go = (n: number) => run(n);\n",
            ["1-1  interface Shape", "2-2  export const go"],
        ),
        (
            "a.js",
            "class A { run() { return new B(); } }\nfunction f() {}\n",
            ["1-1  class A", "  1-1  class A", "2-2  function f()"],
        ),
        (
            "a.go",
            "package a\n\ntype T struct{}\n\nfunc (t T) Run() { go1() }\n\nfunc go1() {}\n",
            ["3-3  type T", "5-5  func (t T) Run()", "7-7  func go1()"],
        ),
        (
            "a.rs",
            "struct S;\nimpl S {\n    fn run(&self) { go() }\n}\n",
            ["1-1  struct S", "2-4  impl S", "  3-3  fn run"],
        ),
    ],
)
async def test_each_language_is_outlined(
    coding: Rig, model: FakeModel, name: str, text: str, rows: list[str]
) -> None:
    coding.write(name, text)
    async with coding.session() as face:
        found = (await analyze(face, model, path=name)).splitlines()
        assert found[0] == name
        assert all(line[2:].startswith(row) for line, row in zip(found[1:], rows, strict=True))


async def test_what_is_broken_deep_or_no_code_is_told(coding: Rig, model: FakeModel) -> None:
    coding.write("broken.py", "def f(:\n  pass\nclass")
    coding.write("deep.py", "(" * 20_000)
    coding.write("notes/a.txt", "nothing")
    async with coding.session() as face:
        assert "not all could be read of: broken.py, deep.py" in await analyze(face, model)
        assert "no source code" in await analyze(face, model, path="notes")
        assert "none.py" in await analyze(face, model, path="none.py")

"""Several changes at once: further replacements in a file, diffs over several, checks after them."""

from __future__ import annotations

import json

import pytest

from goose_agent.events import Approval
from goose_agent.extensions.choosing import own_extensions
from support.engine import Face, Rig
from support.models import FakeModel, calls, said

DIFF = """\
diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -40,3 +40,3 @@
 one
-two
+TWO
 three
@@ -90,1 +90,2 @@
 six
+seven
--- /dev/null
+++ b/new/b.py
@@ -0,0 +1,2 @@
+fresh
+file
"""


async def do(face: Face, model: FakeModel, tool: str, **arguments: object) -> str:
    done = [said("done.")] * len(model.requests)
    model.answers = [*done, calls((tool, json.dumps(arguments)))]
    await face.ask("do it")
    return str(face.data("tool.finished")[-1].text)


async def test_a_diff_changes_several_files_though_its_numbers_are_wrong(
    rig: Rig, model: FakeModel
) -> None:
    file = rig.write("a.py", "one\r\ntwo\r\nthree\r\nfour\r\nfive\r\nsix\r\n")
    async with rig.session() as face:
        text = await do(face, model, "patch", diff=DIFF)
        assert text == ("Changed a.py in 2 places (+2 -1 lines).\nCreated new/b.py (+2 -0 lines).")
    assert file.read_bytes() == b"one\r\nTWO\r\nthree\r\nfour\r\nfive\r\nsix\r\nseven\r\n"
    assert (rig.folder / "new/b.py").read_text() == "fresh\nfile\n"
    assert [change.path for change in face.data("file.changed")] == [
        str(rig.folder / "a.py"),
        str(rig.folder / "new/b.py"),
    ]


async def test_nothing_of_a_diff_is_done_where_one_hunk_does_not_fit(
    rig: Rig, model: FakeModel
) -> None:
    rig.write("a.py", "one\ntwo\nthree\nfour\nmore\n")
    async with rig.session() as face:
        text = await do(face, model, "patch", diff=DIFF)
        assert text.startswith("Hunk 2 for a.py does not fit.")
    assert (rig.folder / "a.py").read_text() == "one\ntwo\nthree\nfour\nmore\n"
    assert not (rig.folder / "new").exists()


async def test_the_nearest_of_several_places_is_meant(rig: Rig, model: FakeModel) -> None:
    rig.write("a", "x\ny\n" * 4)
    diff = "--- a/a\n+++ b/a\n@@ -5,2 +5,2 @@\n-x\n+Z\n y\n"
    async with rig.session() as face:
        await do(face, model, "patch", diff=diff)
        assert (rig.folder / "a").read_text() == "x\ny\nx\ny\nZ\ny\nx\ny\n"
        vague = "--- a/a\n+++ b/a\n@@ @@\n-x\n+Z\n"
        assert "stands there" in await do(face, model, "patch", diff=vague)


@pytest.mark.parametrize(
    ("diff", "why"),
    [
        ("hello", "no unified diff"),
        ("--- a/a\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n", "deletes a"),
        ("--- a/a\n+++ b/b\n@@ -1 +1 @@\n-x\n+y\n", "renames a"),
        ("--- a/a\n+++ b/a\n@@ -1 +1 @@\nx\n", "neither blank, + nor -"),
        ("--- a/none\n+++ b/none\n@@ -1 +1 @@\n-x\n+y\n", "does not exist"),
        ("--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+y\n", "exists already"),
    ],
)
async def test_what_a_diff_cannot_do_is_told(
    rig: Rig, model: FakeModel, diff: str, why: str
) -> None:
    rig.write("a", "x\n")
    async with rig.session() as face:
        assert why in await do(face, model, "patch", diff=diff)
    assert (rig.folder / "a").read_text() == "x\n"


async def test_every_file_of_a_diff_is_judged(rig: Rig, model: FakeModel) -> None:
    rig.write("a.py", "one\ntwo\nthree\nsix\n")
    diff = DIFF + "--- /dev/null\n+++ b/../outside\n@@ -0,0 +1 @@\n+x\n"
    model.answers = [calls(("patch", json.dumps({"diff": diff})))]
    async with rig.session(mode="edits") as face:
        await face.submit("go")
        (asked,) = await face.pending()
        assert isinstance(asked.subject, Approval)
        assert "outside the workspace" in asked.subject.reasons[0].text
        assert "+TWO" in asked.subject.preview.text and "+fresh" in asked.subject.preview.text
        rig.write("a.py", "one\ntwo\nthree\nsix\nmore\n")
        await face.approve()
        (again,) = await face.pending()
        assert "asked again" in again.subject.reasons[0].text  # type: ignore[union-attr] # an approval
        await face.approve()
        await face.idle()
    assert (rig.base / "outside").read_text() == "x\n"
    assert (rig.folder / "a.py").read_text() == "one\nTWO\nthree\nsix\nseven\nmore\n"


async def test_several_replacements_in_a_file_are_all_made_or_none(
    rig: Rig, model: FakeModel
) -> None:
    file = rig.write("a.py", "one\ntwo\nthree\n")
    async with rig.session() as face:
        more = [{"old": "two", "new": "2"}, {"old": "four", "new": "4"}]
        text = await do(face, model, "edit", path="a.py", old="one", new="1", more=more)
        assert text.startswith("Replacement 3 of 3: `old` was not found")
        assert file.read_text() == "one\ntwo\nthree\n"
        text = await do(face, model, "edit", path="a.py", old="one", new="1", more=more[:1])
        assert text == "Changed a.py at 2 places, lines 1, 2 (+2 -2 lines)."
        assert file.read_text() == "1\n2\nthree\n"


@pytest.fixture
def checked(rig: Rig) -> Rig:
    rig.made = own_extensions
    rig.places.config.mkdir(parents=True)
    rig.places.settings.write_text(
        "after_edit:\n"
        "  '*.py': 'grep -n PRINT {file} && exit 1; exit 0'\n"
        "  'src/**/*.js': 'echo formatted >> {file}'\n",
        encoding="utf-8",
    )
    return rig


async def test_what_a_check_finds_goes_to_the_model_with_the_result(
    checked: Rig, model: FakeModel
) -> None:
    async with checked.session() as face:
        text = await do(face, model, "write", path="a b.py", content="x = 1\ny = 2  # PRINT\n")
        assert "Created a b.py (+2 -0 lines).\n[grep -n PRINT" in text
        assert text.endswith("exit code 1:]\n2:y = 2  # PRINT")
        assert await do(face, model, "write", path="b.txt", content="PRINT\n") == (
            "Created b.txt (+1 -0 lines)."
        )


async def test_what_a_check_changes_is_on_record_and_has_to_be_read_anew(
    checked: Rig, model: FakeModel
) -> None:
    async with checked.session() as face:
        text = await do(face, model, "write", path="src/deep/a.js", content="let a\n")
        assert "[a check changed src/deep/a.js: read it again]" in text
        assert [change.added for change in face.data("file.changed")] == [1, 1]
        text = await do(face, model, "write", path="src/deep/a.js", content="let b\n")
        assert "you have not read it" in text

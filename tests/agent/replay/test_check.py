"""A record is held against today's program: what it would do otherwise is named."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from goose_agent.clock import World
from goose_agent.extensions.host import ExtensionHost
from goose_agent.replay.check import check_file
from goose_agent.replay.divergence import compared
from goose_agent.tools.standard import standard_extensions
from goose_agent.tools.tool import Extension
from support.recordings import recorded

RECORDS = sorted((Path(__file__).parents[2] / "sessions").glob("*.db"))
WORDS = ("prompt", "tools", "counts")
"""What a better prompt, tool or way to count brings along: that need not stay as it was."""
UNKNOWN = "call of dance"
"""A tool that there is not: its model is told which there are, and there are more today."""


def few(_: ExtensionHost) -> tuple[Extension, ...]:
    """Those that these sessions were recorded with."""
    return standard_extensions()


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
async def test_sessions_of_the_past_come_to_what_they_came_to(path: Path) -> None:
    check = await check_file(path, World(), few)
    others = [each for each in check.divergences if each.kind not in WORDS]
    assert [each for each in others if each.what != UNKNOWN] == []
    assert check.requests and check.calls and check.verdicts


def test_there_are_sessions_of_the_past() -> None:
    assert len(RECORDS) >= 2


async def test_a_session_of_this_version_is_as_recorded(tmp_path: Path) -> None:
    check = await check_file(await recorded(tmp_path), World(), few)
    assert check.divergences == ()
    assert (check.requests, check.calls, check.verdicts, check.skipped) == (4, 6, 6, 0)


def rewrite(path: Path, kind: str, change: Callable[[dict[str, Any]], object]) -> int:
    """Change the first event of a kind, and what it is counted by; gives its number."""
    with closing(sqlite3.connect(path)) as db:
        seq, body = db.execute(
            "SELECT seq, body FROM events WHERE type = ? ORDER BY seq", (kind,)
        ).fetchone()
        event = json.loads(body)
        change(event["data"])
        text = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
        db.execute("UPDATE events SET body = ? WHERE seq = ?", (text, seq))
        db.commit()
    assert isinstance(seq, int)
    return seq


@pytest.mark.parametrize(
    ("kind", "field", "value", "found"),
    [
        ("tool.judged", "decision", "deny", "verdict"),
        ("tool.proposed", "summary", "something else", "arguments"),
        ("context.built", "base", 99, "context"),
        ("context.built", "tokens", 1, "counts"),
        ("model.responded", "cost", 99.0, "state"),
    ],
)
async def test_what_this_version_does_otherwise_is_named_with_the_first_bytes_that_differ(
    tmp_path: Path, kind: str, field: str, value: object, found: str
) -> None:
    path = await recorded(tmp_path)
    seq = rewrite(path, kind, lambda data: data.update({field: value}))
    check = await check_file(path, World(), few)
    damage, *others = check.divergences
    assert (damage.kind, damage.what) == ("record", f"Record {seq} is not as it was written.")
    if found != "state":  # a damaged record says nothing of what it came to
        (other,) = others
        assert (other.seq, other.kind) == (seq, found)
        assert other.recorded != other.now


async def test_another_prompt_or_tool_is_a_divergence_of_its_own_kind(tmp_path: Path) -> None:
    path = await recorded(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT sha, packed FROM blobs").fetchall()
        (body,) = db.execute("SELECT body FROM events WHERE type = 'context.built'").fetchone()
        named = json.loads(body)["blobs"]
        assert {named["system"], named["tools"]} <= {sha for sha, _ in rows}
        for name, text in (("system", b"You are goose, once."), ("tools", b'[["a", "b", {}]]')):
            db.execute("UPDATE blobs SET packed = 0, data = ? WHERE sha = ?", (text, named[name]))
        db.commit()
    check = await check_file(path, World(), few)
    assert {each.kind for each in check.divergences} == {"prompt", "tools", "context"}
    prompt = check.divergences[0]
    assert prompt.offset == len("You are goose, ")
    assert prompt.recorded.endswith(" once.")


def test_the_first_difference_is_shown_with_what_is_around_it() -> None:
    found = compared(3, "context", "x", b"a" * 100 + b"old", b"a" * 100 + b"new")
    assert found is not None
    assert (found.offset, found.recorded, found.now) == (
        100,
        "…" + "a" * 24 + "old",
        "…" + "a" * 24 + "new",
    )
    assert compared(3, "context", "x", b"same", b"same") is None

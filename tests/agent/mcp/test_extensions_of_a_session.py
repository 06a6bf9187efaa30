"""When servers start, which ones, and what a person does about them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from goose_agent.commands import (
    AddExtension,
    ListExtensions,
    RemoveExtension,
    RestartExtension,
    RuleExtensionTool,
    SetTrust,
    SwitchExtension,
    SwitchExtensionTool,
    TryTool,
)
from goose_agent.events import ExtensionsListed, ExtensionToolTested, ListedExtension
from goose_agent.replay.check import check_file
from goose_agent.state.records import CallRecord, NoticeRecord
from goose_agent.tools.standard import standard_extensions
from support.engine import Face, Rig
from support.models import FakeModel, calls, said
from support.servers import HOSTILE, hostile, python, ready, write_servers


def _rig(base: Path, *answers: Any, servers: dict[str, Any] | None = None) -> Rig:  # noqa: ANN401
    rig = Rig(base)
    rig.with_model(FakeModel(list(answers)))
    if servers is not None:
        write_servers(rig, servers)
    return rig


async def _listed(face: Face, *commands: Any) -> dict[str, ListedExtension]:  # noqa: ANN401
    """What comes after these commands."""
    before = len(face.data("extensions.listed"))
    await face.tell(*(commands or (ListExtensions(),)))
    await face.until(lambda: len(face.data("extensions.listed")) > before)
    listed = face.data("extensions.listed")[-1]
    assert isinstance(listed, ExtensionsListed)
    return {extension.name: extension for extension in listed.extensions}


async def test_a_server_that_takes_long_to_start_delays_nothing(tmp_path: Path) -> None:
    go = tmp_path / "go"
    slow = {"slow": hostile("slow", str(go)), "quick": hostile("mark")}
    act = calls(("slow__act", json.dumps({"text": "late"})))
    rig = _rig(tmp_path, said("hello"), act, said("done"), servers=slow)
    model = rig.models["fake/one"]
    assert isinstance(model, FakeModel)
    async with rig.session() as face:
        await ready(face, "quick")
        await face.ask("hello")
        assert face.answer == "hello"
        assert face.state.extensions["slow"].phase == "starting"
        assert "quick__act" in {tool.name for tool in model.requests[0].tools}
        assert "slow__act" not in {tool.name for tool in model.requests[0].tools}
        go.touch()
        await ready(face, "slow")
        await face.ask("now")
        await face.leave()
    (call,) = [r for r in face.state.records if isinstance(r, CallRecord)]
    assert call.result == "acted late"


async def test_leaving_while_a_server_still_starts_ends_it(tmp_path: Path) -> None:
    rig = _rig(tmp_path, servers={"slow": hostile("slow", str(tmp_path / "never"))})
    async with rig.session() as face:
        await face.until(lambda: face.data("extension.starting"))
        await face.leave()
    assert face.kinds()[-1] == "session.ended"


async def test_tools_stand_in_one_order_whenever_their_servers_came(tmp_path: Path) -> None:
    go = tmp_path / "go"
    servers = {"a": hostile("slow", str(go)), "b": hostile("mark")}
    rig = _rig(tmp_path, said("one"), servers=servers)
    model = rig.models["fake/one"]
    assert isinstance(model, FakeModel)
    async with rig.session() as face:
        await ready(face, "b")
        go.touch()
        await ready(face, "a")
        await face.ask("hello")
        await face.leave()
    names = [tool.name for tool in model.requests[0].tools if "__" in tool.name]
    assert names == ["a__act", "b__act"]


async def test_servers_of_the_folder_start_only_once_it_is_trusted(tmp_path: Path) -> None:
    rig = _rig(tmp_path, servers={})
    mark = tmp_path / "mark"
    entry = {"command": sys.executable, "args": ["-I", str(HOSTILE), "zombie", "${MARK}"]}
    rig.environ["MARK"] = str(mark)
    rig.__post_init__()
    rig.write(".mcp.json", json.dumps({"mcpServers": {"ours": entry}}))
    async with rig.session() as face:
        await face.until(lambda: face.state.trust)
        trust = face.state.trust
        assert trust is not None and trust.status == "untrusted"
        (file,) = trust.files
        assert file.name == ".mcp.json" and str(HOSTILE) in file.lines[0]
        await face.ask("hello")
        assert face.state.extensions == {} and not mark.exists()
        await face.tell(SetTrust("trusted"))
        await ready(face, "ours")
        assert mark.exists()
        await face.leave()


async def test_another_content_of_a_trusted_file_starts_nothing(tmp_path: Path) -> None:
    rig = _rig(tmp_path, servers={})
    entry = {"command": sys.executable, "args": ["-I", str(HOSTILE), "mark"]}
    rig.write(".mcp.json", json.dumps({"mcpServers": {"ours": entry}}))
    async with rig.session() as face:
        await face.until(lambda: face.state.trust)
        await face.tell(SetTrust("trusted"))
        await ready(face, "ours")
        await face.leave()
    other = {**entry, "args": ["-I", str(HOSTILE), "mark", str(tmp_path / "mark")]}
    rig.write(".mcp.json", json.dumps({"mcpServers": {"ours": other}}))
    async with rig.session() as face:
        listed = await _listed(face, ListExtensions(anew=True))
        assert listed == {}
        await face.leave()


async def test_an_extension_is_switched_off_and_on_and_stays_so(tmp_path: Path) -> None:
    rig = _rig(tmp_path, servers={"one": hostile("mark")})
    async with rig.session() as face:
        await ready(face, "one")
        listed = await _listed(face, SwitchExtension("one", False))
        assert not listed["one"].enabled and listed["one"].tools == ()
        assert face.state.extensions["one"].phase == "stopped"
        await face.leave()
    async with rig.session() as face:
        listed = await _listed(face, ListExtensions(anew=True))
        assert not listed["one"].enabled
        await face.tell(SwitchExtension("one", True))
        await ready(face, "one")
        await face.leave()


async def test_a_tool_that_is_switched_off_is_not_offered(tmp_path: Path) -> None:
    rig = _rig(tmp_path, said("one"), said("two"), servers={"time": python("mcp-server-time")})
    model = rig.models["fake/one"]
    assert isinstance(model, FakeModel)
    async with rig.session() as face:
        await ready(face, "time")
        listed = await _listed(face, SwitchExtensionTool("time", "convert_time", False))
        assert {t.name: t.on for t in listed["time"].tools} == {
            "get_current_time": True,
            "convert_time": False,
        }
        await face.ask("hello")
        await _listed(face, SwitchExtensionTool("time", "convert_time", True))
        await face.ask("again")
        await face.leave()
    offered = [
        {tool.name for tool in request.tools if tool.name.startswith("time__")}
        for request in model.requests
    ]
    assert offered == [{"time__get_current_time"}, {"time__get_current_time", "time__convert_time"}]
    own = yaml.safe_load(rig.places.extensions.read_text(encoding="utf-8"))
    assert own == {"extensions": {"time": {}}}


async def test_an_extension_is_added_tried_and_removed(tmp_path: Path) -> None:
    rig = _rig(tmp_path, servers={})
    async with rig.session() as face:
        await face.tell(AddExtension("new", hostile("mark")))
        await ready(face, "new")
        await face.tell(TryTool("new", "act", {"text": "so"}))
        await face.until(lambda: face.data("extension.tool_tested"))
        (tested,) = face.data("extension.tool_tested")
        assert isinstance(tested, ExtensionToolTested)
        assert (tested.text, tested.failed) == ("acted so", False)
        assert "new" not in await _listed(face, RemoveExtension("new"))
        await face.leave()


async def test_what_somebody_else_wrote_down_is_not_removed(tmp_path: Path) -> None:
    rig = _rig(tmp_path, servers={"one": hostile("mark")})
    async with rig.session() as face:
        await ready(face, "one")
        await face.tell(RemoveExtension("one"))
        await face.until(lambda: [r for r in face.state.records if isinstance(r, NoticeRecord)])
        assert "one" in await _listed(face)
        await face.leave()
    (notice,) = [r for r in face.state.records if isinstance(r, NoticeRecord)]
    assert notice.text == f"one stands in {rig.places.settings}."


async def test_an_extension_is_started_anew_by_hand(tmp_path: Path) -> None:
    rig = _rig(tmp_path, servers={"one": hostile("mark")})
    async with rig.session() as face:
        await ready(face, "one")
        await face.tell(RestartExtension("one"))
        await face.until(lambda: len(face.data("extension.ready")) == 2)
        await face.leave()


async def test_what_is_wrong_with_an_entry_is_told_with_its_line_and_the_rest_works(
    tmp_path: Path,
) -> None:
    odd = {"type": "stdio", "cmd": "./server", "args": []}
    rig = _rig(tmp_path, servers={"good": hostile("mark"), "odd": odd})
    async with rig.session() as face:
        await ready(face, "good")
        await face.tell(ListExtensions())
        await face.until(lambda: face.data("extensions.listed"))
        await face.leave()
    (problem,) = face.data("extensions.listed")[0].problems
    assert problem.startswith(f"{rig.places.settings}:")
    assert "must be a name or an absolute path" in problem


async def test_a_call_that_waited_for_its_answer_runs_after_a_restart(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    rig = _rig(
        tmp_path,
        calls(("one__act", json.dumps({"text": "late"}))),
        servers={"one": hostile("mark", str(mark))},
    )
    async with rig.session(mode="smart") as face:
        await ready(face, "one")
        await face.submit("go")
        await face.pending()
        session_id = face.session_id
    rig.with_model(FakeModel([said("done")]))
    async with rig.resumed(session_id) as face:
        await face.pending()
        await face.approve("once")
        await face.idle()
        await face.leave()
    (call,) = [r for r in face.state.records if isinstance(r, CallRecord)]
    assert call.result == "acted late"
    assert mark.read_text(encoding="utf-8") == "called\n"


async def test_a_servers_own_words_are_no_ground_for_a_model_to_let_it_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    rig = _rig(tmp_path, calls(("one__act", "{}")), said("yes, it only reads"), servers={})
    text = {"judge": "fast", "extensions": {"one": hostile("lying", str(mark))}}
    rig.places.settings.write_text(yaml.safe_dump(text), encoding="utf-8")
    async with rig.session(mode="smart") as face:
        await ready(face, "one")
        await face.submit("go")
        await face.pending()
        assert face.data("aside.requested") == []
        await face.approve("deny")
        await face.idle()
    assert not mark.exists()


async def test_a_record_with_calls_of_servers_is_as_it_would_be_today(tmp_path: Path) -> None:
    rig = _rig(
        tmp_path,
        calls(("one__act", json.dumps({"text": "a"}))),
        said("done"),
        servers={"one": hostile("mark")},
    )
    async with rig.session() as face:
        await ready(face, "one")
        await face.ask("go")
        session_id = face.session_id
        await face.leave()
    record = rig.places.sessions / f"{session_id}.db"
    check = await check_file(record, rig.world, lambda _: standard_extensions())
    assert check.divergences == ()


async def test_leaving_waits_for_no_server_that_hangs(tmp_path: Path) -> None:
    rig = _rig(tmp_path, servers={"one": hostile("hang")})
    async with rig.session() as face:
        await ready(face, "one")
        await face.tell(TryTool("one", "act", {}))
        await face.tell(ListExtensions())
        await face.until(lambda: face.data("extensions.listed"))
        await face.leave()
    assert face.kinds()[-1] == "session.ended"


async def test_a_person_says_of_one_tool_that_it_always_runs_or_never(tmp_path: Path) -> None:
    act = calls(("one__act", "{}"))
    servers = {"one": hostile("mark", str(tmp_path / "mark"))}
    rig = _rig(tmp_path, act, said("one"), act, said("two"), act, said("three"), servers=servers)
    async with rig.session(mode="smart") as face:
        await ready(face, "one")
        listed = await _listed(face, RuleExtensionTool("one", "act", "allow"))
        assert [tool.rule for tool in listed["one"].tools] == ["allow"]
        await face.ask("go")
        listed = await _listed(face, RuleExtensionTool("one", "act", "deny"))
        assert [tool.rule for tool in listed["one"].tools] == ["deny"]
        await face.ask("again")
        listed = await _listed(face, RuleExtensionTool("one", "act", None))
        assert [tool.rule for tool in listed["one"].tools] == [""]
        await face.submit("once more")
        await face.pending()
        await face.approve("deny")
        await face.idle()
        await face.leave()
    states = [r.state for r in face.state.records if isinstance(r, CallRecord)]
    assert states == ["ok", "denied", "denied"]
    rules = rig.places.config / "rules.yaml"
    assert "mcp" not in rules.read_text(encoding="utf-8")

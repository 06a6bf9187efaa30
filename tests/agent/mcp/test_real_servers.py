"""Servers that nobody here wrote, as a session uses them: each tool is called once."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from goose_agent.state.records import CallRecord
from support.engine import Rig
from support.models import FakeModel, calls
from support.servers import filesystem, memory, python, ready, write_servers

# The first test may have to fetch a server.
pytestmark = pytest.mark.timeout(240)

Call = tuple[str, dict[str, Any]]


def _rig(base: Path, *wanted: Call) -> Rig:
    rig = Rig(base)
    answers: list[Any] = [calls((tool, json.dumps(given))) for tool, given in wanted]
    rig.with_model(FakeModel(answers))
    return rig


async def _results(rig: Rig, name: str) -> list[CallRecord]:
    async with rig.session() as face:
        await ready(face, name)
        await face.ask("go")
        await face.leave()
        return [record for record in face.state.records if isinstance(record, CallRecord)]


def _tools(records: list[CallRecord]) -> dict[str, str]:
    return {record.tool: record.state for record in records}


async def test_the_time_can_be_asked_for_and_converted(tmp_path: Path) -> None:
    rig = _rig(
        tmp_path,
        ("time__get_current_time", {"timezone": "Europe/Berlin"}),
        (
            "time__convert_time",
            {"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"},
        ),
        ("time__get_current_time", {"timezone": "Nowhere/Land"}),
    )
    write_servers(rig, {"time": python("mcp-server-time")})
    now, converted, wrong = await _results(rig, "time")
    assert now.state == "ok" and '"timezone": "Europe/Berlin"' in now.result
    assert converted.state == "ok" and "21:00" in converted.result
    assert wrong.state == "failed" and "Nowhere/Land" in wrong.result


def _repository(folder: Path) -> Path:
    """One commit, and one change since."""
    folder.mkdir()
    _git(folder, "init -q -b main")
    _git(folder, "config user.email a@b.c")
    _git(folder, "config user.name a")
    (folder / "a.txt").write_text("one\n", encoding="utf-8")
    _git(folder, "add .")
    _git(folder, "commit -qm first")
    (folder / "a.txt").write_text("two\n", encoding="utf-8")
    return folder


def _git(folder: Path, line: str) -> str:
    done = subprocess.run(
        ["git", *line.split()], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


async def test_every_tool_of_the_git_server_works_on_a_repository(tmp_path: Path) -> None:
    repo = _repository(tmp_path / "work")
    here = {"repo_path": str(repo)}
    wanted: list[Call] = [
        ("git__git_status", here),
        ("git__git_diff_unstaged", here),
        ("git__git_add", {**here, "files": ["a.txt"]}),
        ("git__git_diff_staged", here),
        ("git__git_reset", here),
        ("git__git_add", {**here, "files": ["a.txt"]}),
        ("git__git_commit", {**here, "message": "second"}),
        ("git__git_log", here),
        ("git__git_show", {**here, "revision": "HEAD"}),
        ("git__git_create_branch", {**here, "branch_name": "side"}),
        ("git__git_checkout", {**here, "branch_name": "side"}),
        ("git__git_diff", {**here, "target": "main"}),
        ("git__git_branch", {**here, "branch_type": "local"}),
    ]
    rig = _rig(tmp_path, *wanted)
    write_servers(rig, {"git": python("mcp-server-git", "--repository", str(repo))})
    records = await _results(rig, "git")
    assert {record.state for record in records} == {"ok"}
    assert len(_tools(records)) == 12
    assert len(_git(repo, "log --oneline").splitlines()) == 2


async def test_the_fetch_server_reads_a_page_of_this_machine(tmp_path: Path) -> None:
    import http.server
    import threading

    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            if self.path == "/":
                self.wfile.write(b"<html><body><h1>Geese</h1><p>They fly.</p></body></html>")

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/"
            # Raw: else it runs a script of its own with whatever Node it finds.
            rig = _rig(tmp_path, ("fetch__fetch", {"url": url, "raw": True}))
            write_servers(rig, {"fetch": python("mcp-server-fetch", "--allow-private-ips")})
            (fetched,) = await _results(rig, "fetch")
        finally:
            server.shutdown()
    assert "They fly." in fetched.result


async def test_every_tool_of_the_filesystem_server_works_in_its_folder(tmp_path: Path) -> None:
    files = tmp_path / "files"
    (files / "below").mkdir(parents=True)
    (files / "a.txt").write_text("one\ntwo\n", encoding="utf-8")
    pixel = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
    )
    (files / "a.png").write_bytes(pixel)
    path = str(files / "a.txt")
    wanted: list[Call] = [
        ("files__read_file", {"path": path}),
        ("files__read_text_file", {"path": path}),
        ("files__read_media_file", {"path": str(files / "a.png")}),
        ("files__read_multiple_files", {"paths": [path]}),
        ("files__write_file", {"path": str(files / "b.txt"), "content": "new\n"}),
        ("files__edit_file", {"path": path, "edits": [{"oldText": "two", "newText": "2"}]}),
        ("files__create_directory", {"path": str(files / "made")}),
        ("files__list_directory", {"path": str(files)}),
        ("files__list_directory_with_sizes", {"path": str(files)}),
        ("files__directory_tree", {"path": str(files)}),
        ("files__move_file", {"source": str(files / "b.txt"), "destination": str(files / "c.txt")}),
        ("files__search_files", {"path": str(files), "pattern": "**/*.txt"}),
        ("files__get_file_info", {"path": path}),
        ("files__list_allowed_directories", {}),
    ]
    rig = _rig(tmp_path, *wanted)
    rig.folder = files  # the server takes our roots for the folders that it may use
    write_servers(rig, {"files": filesystem(files)})
    records = await _results(rig, "files")
    assert {record.tool: record.result for record in records if record.state != "ok"} == {}
    assert len(records) == len(wanted)
    assert (files / "a.txt").read_text(encoding="utf-8") == "one\n2\n"
    assert (files / "c.txt").exists()


async def test_every_tool_of_the_memory_server_works(tmp_path: Path) -> None:
    entity = {"name": "goose", "entityType": "bird", "observations": ["flies"]}
    relation = {"from": "goose", "to": "goose", "relationType": "likes"}
    wanted: list[Call] = [
        ("memory__create_entities", {"entities": [entity]}),
        ("memory__create_relations", {"relations": [relation]}),
        (
            "memory__add_observations",
            {"observations": [{"entityName": "goose", "contents": ["honks"]}]},
        ),
        ("memory__read_graph", {}),
        ("memory__search_nodes", {"query": "honks"}),
        ("memory__open_nodes", {"names": ["goose"]}),
        (
            "memory__delete_observations",
            {"deletions": [{"entityName": "goose", "observations": ["honks"]}]},
        ),
        ("memory__delete_relations", {"relations": [relation]}),
        ("memory__delete_entities", {"entityNames": ["goose"]}),
    ]
    rig = _rig(tmp_path, *wanted)
    write_servers(rig, {"memory": memory(tmp_path / "memory.json")})
    records = await _results(rig, "memory")
    assert {record.tool: record.result for record in records if record.state != "ok"} == {}
    assert "honks" in records[4].result

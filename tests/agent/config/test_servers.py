"""Servers as people write them down: Goose's schema, several files, a folder's own list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from goose_agent.config.servers import ServerStore, project_servers, read_server
from goose_agent.errors import UsageError


def _file(path: Path, **extensions: object) -> Path:
    path.write_text(yaml.safe_dump({"extensions": extensions}), encoding="utf-8")
    return path


def test_of_an_entry_in_several_files_each_key_counts_where_it_stands_last(tmp_path: Path) -> None:
    goose = _file(tmp_path / "goose.yaml", time={"type": "stdio", "cmd": "uvx", "timeout": 300})
    ours = _file(tmp_path / "config.yaml", time={"timeout": 20})
    store = ServerStore(tmp_path / "extensions.yaml", (goose, ours))
    store.change("time", enabled=False)
    (server,) = store.load().servers
    assert (server.command, server.timeout, server.enabled) == ("uvx", 20.0, False)
    assert server.source == str(goose)


def test_what_goose_has_besides_servers_is_left_to_others(tmp_path: Path) -> None:
    file = _file(
        tmp_path / "config.yaml",
        memory={"type": "builtin", "enabled": True},
        todo={"type": "platform", "enabled": True},
    )
    loaded = ServerStore(tmp_path / "extensions.yaml", (file,)).load()
    assert (loaded.servers, loaded.warnings) == ((), ())


def test_an_unknown_key_is_told_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    file = _file(tmp_path / "config.yaml", time={"cmd": "uvx", "timout": 3})
    (warning,) = ServerStore(tmp_path / "extensions.yaml", (file,)).load().warnings
    assert warning == (
        f"{file}:4: extensions.time.timout is not a setting. Did you mean `timeout`?"
    )


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"type": "stdio"}, "`cmd` is missing"),
        ({"type": "nothing", "cmd": "x"}, "type 'nothing' is none of"),
        ({"cmd": "bin/x"}, "must be a name or an absolute path"),
        ({"cmd": "x", "args": "a b"}, "`args` must be a list"),
        ({"cmd": "x", "timeout": 0}, "`timeout` must be a number"),
        ({"cmd": "x", "envs": {"LD_PRELOAD": "/x"}}, "decides which program runs"),
        ({"cmd": "x", "env_keys": ["A B"]}, "is no name of a variable"),
        ({"type": "sse", "uri": "file:///etc/passwd"}, "must begin with https://"),
        ({"type": "streamable_http", "uri": "https://x", "socket": "/s"}, "not supported"),
    ],
)
def test_an_entry_that_cannot_be_meant_says_why(entry: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError, match=problem.replace("`", "`")):
        read_server("x", entry, "config.yaml")


@pytest.mark.parametrize("name", ["", "a/b", "a\nb", "[red]", "../x", "x" * 65])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        read_server(name, {"cmd": "x"}, "config.yaml")


def test_a_folders_list_takes_variables_but_not_those_that_are_withheld() -> None:
    entry = {"command": "run", "args": ["--key=${KEY}", "${NONE:-plain}", "$HOME"], "type": "stdio"}
    content = json.dumps({"mcpServers": {"a": entry, "b": {"url": "https://x/${SECRET}"}}})
    loaded = project_servers(content.encode(), "/work", {"KEY": "abc", "HOME": "/home"})
    (server,) = loaded.servers
    assert server.args == ("--key=abc", "plain", "$HOME")
    assert server.cwd == "/work" and server.project
    assert server.shown == "run --key=${KEY} ${NONE:-plain} $HOME"
    assert loaded.warnings == (".mcp.json: b: the variable SECRET is not set.",)


def test_a_folders_list_does_not_take_the_place_of_the_persons_own() -> None:
    content = json.dumps({"mcpServers": {"git": {"command": "evil"}}}).encode()
    loaded = project_servers(content, "/work", {}, {"git"})
    assert loaded.servers == ()
    assert loaded.warnings == (".mcp.json: git is left out: you have one of that name.",)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"mcpServers": 1}', b"[" * 100_000, b"\xff"])
def test_a_list_that_is_none_starts_nothing(content: bytes) -> None:
    loaded = project_servers(content, "/work", {})
    assert loaded.servers == () and len(loaded.warnings) == 1


def test_a_switch_of_a_folders_server_holds() -> None:
    content = json.dumps({"mcpServers": {"ours": {"command": "x"}}}).encode()
    switches = {"ours": {"enabled": False, "available_tools": ["one"]}}
    (server,) = project_servers(content, "/work", {}, (), switches).servers
    assert not server.enabled and server.available_tools == ("one",)


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        ({"cmd": "x", "args": ["--api-key", "abc123", "-v"]}, "x --api-key … -v"),
        ({"cmd": "x", "args": ["--token=abc123"]}, "x --token=…"),
        ({"type": "sse", "uri": "https://u:p@host/a?key=1&b=2"}, "https://…@host/a?key=…&b=…"),
    ],
)
def test_what_looks_like_a_secret_is_not_shown(entry: dict[str, Any], shown: str) -> None:
    assert read_server("x", entry, "config.yaml").shown == shown


def test_what_was_written_down_elsewhere_is_not_removed_here(tmp_path: Path) -> None:
    file = _file(tmp_path / "config.yaml", time={"cmd": "uvx"})
    store = ServerStore(tmp_path / "extensions.yaml", (file,))
    store.change("time", enabled=False)
    assert not store.remove("time")
    assert not store.load().servers[0].enabled

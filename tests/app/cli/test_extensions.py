"""`goose-tui extensions`: servers added, listed, switched, tried, removed; a run that has one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import yaml

from app.cli.conftest import Shell
from support.servers import HOSTILE, everything

PYTHON = ("--", sys.executable, "-I", str(HOSTILE))


def test_a_server_is_added_listed_tried_switched_and_removed(shell: Shell) -> None:
    assert shell("extensions", "list").out == (
        "No servers yet. Add one: goose-tui extensions add NAME …\n"
    )
    added = shell("extensions", "add", "mine", "--timeout", "20", *PYTHON, "mark")
    assert (added.code, added.out) == (0, "")
    assert "Try it: goose-tui extensions test mine" in added.err
    assert shell("extensions", "add", "mine", *PYTHON, "mark").code == 2
    listed = shell("extensions", "list").out
    assert "mine" in listed and "on" in listed and "extensions.yaml" in listed
    tools = shell("extensions", "test", "mine")
    assert tools.code == 0 and "hostile 1 is there, by protocol 2025-06-18." in tools.out
    assert "act   Acts." in tools.out
    called = shell("extensions", "test", "mine", "act", '{"text": "so"}')
    assert (called.code, called.out) == (0, "acted so\n")
    assert shell("extensions", "test", "mine", "act", "[1]").code == 2
    assert shell("extensions", "disable", "mine").code == 0
    assert "off" in shell("extensions", "list").out
    assert shell("extensions", "enable", "mine").code == 0
    assert shell("extensions", "remove", "mine").code == 0
    gone = shell("extensions", "remove", "mine")
    assert gone.code == 2 and "There is no extension mine." in gone.err


def test_what_fails_is_told_with_what_the_server_wrote_last(shell: Shell) -> None:
    shell("extensions", "add", "bad", *PYTHON, "exit")
    ran = shell("extensions", "test", "bad")
    assert ran.code == 3
    assert "bad cannot be used: it ended with status 7." in ran.err
    assert "cannot start: no key" in ran.err


def test_an_address_with_headers_and_secrets_is_written_as_goose_reads_it(shell: Shell) -> None:
    header = "Authorization=Bearer ${SHOP_TOKEN}"
    url = "https://mcp.shop.example/mcp"
    assert shell("extensions", "add", "shop", "--header", header, url).code == 0
    (file,) = shell.home.rglob("extensions.yaml")
    assert yaml.safe_load(file.read_text(encoding="utf-8")) == {
        "extensions": {
            "shop": {
                "type": "streamable_http",
                "uri": url,
                "headers": {"Authorization": "Bearer ${SHOP_TOKEN}"},
            }
        }
    }


@pytest.mark.parametrize("variable", ["LD_PRELOAD", "PATH", "NODE_OPTIONS"])
def test_no_entry_sets_what_decides_which_program_runs(shell: Shell, variable: str) -> None:
    ran = shell("extensions", "add", "mine", "--env", f"{variable}=/tmp/x", *PYTHON, "mark")
    assert ran.code == 2
    assert f"{variable} decides which program runs" in ran.err


def test_what_stands_in_gooses_own_file_is_switched_without_writing_there(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = shell.home / "goose-root"
    config = root / "config" / "config.yaml"
    config.parent.mkdir(parents=True)
    entry = {
        "name": "Time",
        "type": "stdio",
        "enabled": True,
        "bundled": None,
        "cmd": sys.executable,
        "args": ["-I", str(HOSTILE), "mark"],
        "envs": {},
        "env_keys": [],
        "timeout": 300,
        "available_tools": [],
        "description": "",
    }
    builtin = {"type": "builtin", "name": "memory", "enabled": True, "display_name": "Memory"}
    text = yaml.safe_dump({"extensions": {"time": entry, "memory": builtin}})
    config.write_text(text, encoding="utf-8")
    monkeypatch.setenv("GOOSE_PATH_ROOT", str(root))
    listed = shell("extensions", "list")
    assert "time" in listed.out and "memory" not in listed.out and listed.err == ""
    assert shell("extensions", "disable", "time").code == 0
    assert "off" in shell("extensions", "list").out
    refused = shell("extensions", "remove", "time")
    assert refused.code == 2 and str(config) in refused.err
    assert "off" in shell("extensions", "list").out
    assert config.read_text(encoding="utf-8") == text


def test_without_a_person_a_server_gets_no_answers_and_the_work_goes_on(shell: Shell) -> None:
    entry = everything()
    argv = [entry["cmd"], *entry["args"]]
    shell("extensions", "add", "everything", "--", *argv)
    model = shell.script(
        """
        - calls: [{tool: everything__trigger-elicitation-request, arguments: {}}]
        - calls: [{tool: everything__trigger-sampling-request, arguments: {prompt: Honk.}}]
        - text: Done.
        """
    )
    ran = shell("run", "--model", model, "--mode", "auto", "--output", "json", "-t", "go")
    assert ran.code == 0
    told = json.loads(ran.out)
    assert told["answer"] == "Done."
    # The tools were there for the very first request, and nobody was asked anything.
    assert [(call["tool"], call["outcome"]) for call in told["calls"]] == [
        ("everything__trigger-elicitation-request", "ok"),
        ("everything__trigger-sampling-request", "failed"),
    ]


def test_the_file_of_servers_is_private(shell: Shell) -> None:
    shell("extensions", "add", "mine", "--env", "TOKEN=abc", *PYTHON, "mark")
    (file,) = shell.home.rglob("extensions.yaml")
    assert isinstance(file, Path)
    assert file.stat().st_mode & 0o077 == 0


def test_a_run_goes_on_without_a_server_that_fails_and_says_so(shell: Shell) -> None:
    shell("extensions", "add", "bad", *PYTHON, "exit")
    model = shell.script("- text: Done.")
    ran = shell("run", "--model", model, "-t", "go")
    assert (ran.code, ran.out) == (0, "Done.\n")
    assert "! The extension bad cannot be used: it ended with status 7." in ran.err

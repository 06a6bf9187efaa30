from __future__ import annotations

from goose_agent.tools.environment import child_environment

OURS = {
    "PATH": "/usr/bin:.:bin::/bin",
    "HOME": "/home/me",
    "LC_ALL": "C.UTF-8",
    "XDG_CACHE_HOME": "/cache",
    "PYTHONPATH": "src:.",
    "OPENAI_API_KEY": "sk-1234567890",
    "MY_TOKEN": "token",
    "LD_PRELOAD": "/evil.so",
    "BASH_ENV": "/evil.sh",
    "BASH_FUNC_ls%%": "() { evil; }",
    "GIT_DIR": "/elsewhere",
    "TERM": "xterm-256color",
    "PAGER": "less",
}


def test_programs_see_what_they_need_and_nothing_that_could_hold_a_key() -> None:
    seen = child_environment(OURS)
    assert {name: seen[name] for name in ("HOME", "LC_ALL", "XDG_CACHE_HOME", "PYTHONPATH")} == {
        "HOME": "/home/me",
        "LC_ALL": "C.UTF-8",
        "XDG_CACHE_HOME": "/cache",
        "PYTHONPATH": "src:.",
    }
    hidden = ("OPENAI_API_KEY", "MY_TOKEN", "LD_PRELOAD", "BASH_ENV", "BASH_FUNC_ls%%", "GIT_DIR")
    assert not any(name in seen for name in hidden)


def test_programs_never_wait_at_a_terminal() -> None:
    seen = child_environment(OURS)
    assert (seen["TERM"], seen["PAGER"], seen["GIT_PAGER"]) == ("dumb", "cat", "cat")
    assert (seen["GIT_TERMINAL_PROMPT"], seen["AGENT"]) == ("0", "goose")


def test_the_path_holds_no_relative_folders() -> None:
    assert child_environment(OURS)["PATH"] == "/usr/bin:/bin"


def test_the_user_can_let_more_through_but_not_our_own_keys() -> None:
    seen = child_environment(
        OURS, extra={"MY_TOKEN", "OPENAI_API_KEY"}, withheld={"OPENAI_API_KEY"}
    )
    assert seen["MY_TOKEN"] == "token"
    assert "OPENAI_API_KEY" not in seen


def test_a_variable_of_ours_gives_way_to_one_the_user_lets_through() -> None:
    assert child_environment(OURS, extra={"PAGER"})["PAGER"] == "less"

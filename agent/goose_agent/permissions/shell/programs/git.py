"""`git`: the commands that only read, and only where the repository's own settings run no program."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from goose_agent.permissions.shell.effects import Effect, Read, Unproven
from goose_agent.permissions.shell.programs.git_options import (
    DIFF,
    DIFF_SHORT,
    LOG,
    LOG_SHORT,
    REVISIONS,
)
from goose_agent.permissions.shell.programs.git_repository import check_repositories
from goose_agent.permissions.shell.programs.program import Call, Folders, Operands, Program, Reader
from goose_agent.permissions.shell.script import Word

__all__ = ["GIT"]

_BEFORE_COMMAND = ("--no-pager", "--no-optional-locks")
_MAGIC = re.compile(r":(?:\([^)]*\)|[!^/]+:?)")
"""The part of a path of git's that is no path."""
_FORMAT_CODE = re.compile(r"%x([0-9a-fA-F]{2})")
_REF_FORMAT_CODE = re.compile(r"%([0-9a-fA-F]{2})")
_PRINTED_CODES = (0x00, 0x09, 0x0A)
"""Controls that a format may print."""
_LISTS = ("list", "contains", "no-contains", "merged", "no-merged", "points-at")
"""Options with which `git branch` and `git tag` list and make nothing."""


def _log_format(call: Call) -> None:
    """A format may print what a terminal obeys, or ask another program about signatures."""
    for value in call.values("format", "pretty"):
        codes = [int(code, 16) for code in _FORMAT_CODE.findall(value)]
        if "%G" in value or any(not _is_printed(code) for code in codes):
            raise Unproven(f"the format `{value}` prints more than text")
    if any(value in ("r", "remerge") for value in call.values("diff-merges")):
        raise Unproven("git would merge again, and write what comes of it")


def _ref_format(call: Call) -> None:
    for value in call.values("format", "sort"):
        codes = [int(code, 16) for code in _REF_FORMAT_CODE.findall(value)]
        if "signature" in value or any(not _is_printed(code) for code in codes):
            raise Unproven(f"the format `{value}` prints more than text")


def _is_printed(code: int) -> bool:
    return code in _PRINTED_CODES or 0x20 <= code < 0x7F


def _lists_only(call: Call) -> None:
    """Without an option that asks for a list, an operand is the name of what is made."""
    _ref_format(call)
    if call.operands and not call.has(*_LISTS):
        raise Unproven(f"git may make `{call.operands[0].text}`")


def _tag_lists(call: Call) -> None:
    if not call.has("l"):
        _lists_only(call)
    _ref_format(call)


def _asks_setting(call: Call) -> None:
    """Two operands set what the first names, unless an option says that it is only asked for."""
    verbs = ("get", "list")
    if call.operands and call.operands[0].text in verbs:
        return
    asks = (
        "get",
        "get-all",
        "get-regexp",
        "get-urlmatch",
        "get-color",
        "get-colorbool",
        "l",
        "list",
    )
    if len(call.operands) != 1 and not call.has(*asks):
        raise Unproven("`git config` may change a setting")


def _command(
    short: str = "",
    long: str = "",
    *,
    operands: Operands = "read",
    most: int | None = None,
    reads: str = "",
    text: int = 0,
    text_options: str = "",
    check: Callable[[Call], object] | None = None,
) -> Program:
    """One of git's commands; its operands may be revisions, which are no files and do no harm."""
    return Program(
        "git",
        short,
        long,
        operands=operands,
        most=most,
        reads=reads,
        text=text,
        text_options=text_options,
        digits="0123456789" in short,
        globs=False,
        helps=False,
        check=check,
    )


_LOG = _command(LOG_SHORT, LOG, check=_log_format)
_DIFF = _command(
    DIFF_SHORT + "0123", DIFF + "cached staged merge-base no-index base ours theirs cc"
)
_BLAME = _command(
    "bclstfnepwL:M::C::h",
    "root show-stats score-debug show-name show-number show-email porcelain line-porcelain "
    "incremental minimal abbrev[=] date= reverse first-parent ignore-rev= color-lines color-by-age "
    "progress no-progress since=",
)
_STASH_SHOW = _command(DIFF_SHORT, DIFF + "include-untracked only-untracked no-include-untracked")

_COMMANDS: dict[str, Program] = {
    "status": _command(
        "sbuzvu::",
        "short branch show-stash porcelain[=] long verbose untracked-files[=] ignore-submodules[=] "
        "ignored[=] column[=] no-column ahead-behind no-ahead-behind renames no-renames "
        "find-renames[=] null",
    ),
    "log": _LOG,
    "show": _LOG,
    "whatchanged": _LOG,
    "diff": _DIFF,
    "diff-tree": _command(
        DIFF_SHORT + "v", DIFF + "root no-commit-id pretty[=] merge-base cc", check=_log_format
    ),
    "diff-index": _command(DIFF_SHORT, DIFF + "cached merge-base cc"),
    "diff-files": _command(DIFF_SHORT + "q0123", DIFF + "base ours theirs cc"),
    "range-diff": _command(
        DIFF_SHORT, DIFF + "creation-factor= no-dual-color left-only right-only", operands="text"
    ),
    "rev-list": _command(
        "n:iEFP0123456789gz",
        REVISIONS + "count objects disk-usage[=] timestamp quiet "
        "object-names no-object-names header in-commit-order unpacked",
        check=_log_format,
    ),
    "shortlog": _command(
        "nsecw::", REVISIONS + "numbered summary email committer group=", check=_log_format
    ),
    "blame": _BLAME,
    "annotate": _BLAME,
    "rev-parse": _command(
        "q",
        "verify quiet sq symbolic symbolic-full-name abbrev-ref[=] short[=] all branches[=] tags[=] "
        "remotes[=] glob[=] exclude[=] disambiguate[=] show-toplevel show-prefix show-cdup git-dir "
        "absolute-git-dir git-common-dir git-path= is-inside-work-tree is-inside-git-dir "
        "is-bare-repository is-shallow-repository show-superproject-working-tree local-env-vars "
        "revs-only no-revs flags no-flags default= since[=] until[=] after[=] before[=] not "
        "show-object-format[=] show-ref-format path-format[=] shared-index-path end-of-options",
        operands="text",
    ),
    "ls-files": _command(
        "cdmosikuztvfx:X:",
        "cached deleted modified others ignored stage directory no-empty-directory unmerged killed "
        "resolve-undo exclude= exclude-from= exclude-per-directory= exclude-standard error-unmatch "
        "with-tree= full-name abbrev[=] debug eol deduplicate sparse format=",
        reads="X exclude-from",
        check=_log_format,
    ),
    "ls-tree": _command(
        "drtlz",
        "long name-only name-status object-only full-name full-tree abbrev[=] format=",
        check=_log_format,
    ),
    "cat-file": _command("pste", ""),
    "grep": _command(
        "aIriwvhHEGFPnlLcqzoC:A:B:m:W0123456789pe:f:",
        "cached no-index untracked no-exclude-standard exclude-standard text ignore-case word-regexp "
        "invert-match full-name extended-regexp basic-regexp fixed-strings perl-regexp line-number "
        "column files-with-matches name-only files-without-match null only-matching count color[=] "
        "no-color break heading show-function context= after-context= before-context= "
        "function-context max-count= threads= and or not all-match quiet max-depth= recursive "
        "no-recursive",
        reads="f",
        text=1,
        text_options="e f",
    ),
    "describe": _command(
        "",
        "all tags contains abbrev[=] exact-match candidates= debug long match= exclude= always "
        "first-parent",
        operands="text",
    ),
    "merge-base": _command("a", "all octopus independent is-ancestor fork-point", operands="text"),
    "name-rev": _command(
        "", "tags refs= exclude= all name-only no-undefined always", operands="text"
    ),
    "show-ref": _command(
        "sdqh",
        "head heads branches tags dereference hash[=] verify exists abbrev[=] quiet",
        operands="text",
    ),
    "show-branch": _command(
        "arg",
        "all remotes current topo-order date-order sparse list independent "
        "merge-base no-name sha1-name topics color[=] no-color more[=]",
        operands="text",
    ),
    "for-each-ref": _command(
        "",
        "count= sort= format= points-at= merged[=] no-merged[=] contains[=] "
        "no-contains[=] ignore-case omit-empty exclude= color[=]",
        operands="text",
        check=_ref_format,
    ),
    "count-objects": _command("vH", "verbose human-readable", operands="none"),
    "check-ignore": _command("qvnz", "quiet verbose non-matching no-index"),
    "check-attr": _command("az", "all cached source="),
    "cherry": _command("v", "abbrev[=] verbose", operands="text"),
    "symbolic-ref": _command("q", "quiet short recurse no-recurse", operands="text", most=1),
    "version": _command("", "build-options", operands="none"),
    "branch": _command(
        "avri",
        "all verbose remotes list show-current contains[=] no-contains[=] merged[=] no-merged[=] points-at[=] "
        "color[=] no-color column[=] no-column sort= format= abbrev[=] no-abbrev ignore-case omit-empty",
        operands="text",
        check=_lists_only,
    ),
    "tag": _command(
        "ln::i",
        "list contains[=] no-contains[=] merged[=] no-merged[=] points-at[=] color[=] column[=] no-column sort= "
        "format= ignore-case omit-empty",
        operands="text",
        check=_tag_lists,
    ),
    "config": _command(
        "lz",
        "get get-all get-regexp get-urlmatch get-color get-colorbool list global system local "
        "worktree bool int bool-or-int path expiry-date type= show-origin show-scope name-only null "
        "includes no-includes default= all regexp value= url= fixed-value",
        operands="text",
        check=_asks_setting,
    ),
}

_SECOND_WORDS: dict[str, dict[str, Program]] = {
    "remote": {
        "": _command("v", "verbose", operands="none"),
        "show": _command("", "", operands="none"),
        "get-url": _command("", "all push", operands="text", most=1),
    },
    "stash": {
        "list": _LOG,
        "show": _STASH_SHOW,
    },
    "worktree": {"list": _command("vz", "verbose porcelain", operands="none")},
    "notes": {"list": _command(operands="text"), "show": _command(operands="text")},
    "reflog": {"": _command(LOG_SHORT, LOG, operands="none", check=_log_format), "show": _LOG},
    "bisect": {"log": _command(operands="none")},
}
"""Commands whose next word is a command of its own; `""` where there is none."""


def _git(words: Sequence[Word], folders: Folders) -> Iterable[Effect]:
    """What a call reads.

    Raises:
        Unproven: it may change the repository, or run what the repository names.
    """
    rest = [*words[1:]]
    while rest and rest[0].text in _BEFORE_COMMAND:
        rest.pop(0)
    name = rest[0].text if rest else ""
    if len(rest) == 1 and name in ("--version", "-v"):
        return []
    if name in _SECOND_WORDS:
        program, rest = _second(name, rest)
    elif name in _COMMANDS:
        program = _COMMANDS[name]
    else:
        raise Unproven(f"`git {name}`".replace(" `", "`") + " is not known to only read")
    effects = program(rest, folders)
    check_repositories(
        folders, looks_at_files=name in ("status", "diff", "diff-files", "diff-index")
    )
    return [*effects, *_named_in_revisions(program.parse(rest[1:]).operands, effects)]


def _second(name: str, rest: list[Word]) -> tuple[Program, list[Word]]:
    """The program for `git NAME VERB …`, and its words from the verb on."""
    verbs = _SECOND_WORDS[name]
    verb = rest[1].text if len(rest) > 1 else ""
    if verb in verbs and verb:
        return verbs[verb], rest[1:]
    if "" in verbs and not (verb and verb[0] != "-"):
        return verbs[""], rest
    raise Unproven(f"`git {name} {verb}".rstrip() + "` is not known to only read")


def _named_in_revisions(operands: Sequence[Word], effects: Sequence[Effect]) -> Iterable[Effect]:
    """The files of `HEAD:path`, `:path` and `:(magic)path`, where operands may be files."""
    if not effects:
        return
    for word in operands:
        if ":" in word.text:
            path = _MAGIC.sub("", word.text, count=1)
            yield Read(path.rpartition(":")[2] or ".")


GIT: dict[str, Reader] = {"git": _git}

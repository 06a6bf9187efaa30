"""Where programs write that are told so by options and operands of their own: archives, downloads, git.

As in `writers`, none of this makes a command safe.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase

from goose_agent.permissions.shell.effects import Delete, Effect, Write

__all__ = ["TARGETS", "bare_repositories", "names_what_it_finds", "told_by_options"]

_Words = Sequence[str]

_OUTPUT = re.compile(
    r"--?(?:output|output-dir|output-directory|output-document|out-dir|outdir|outfile|out|target-dir"
    r"|directory|directory-prefix|one-top-level|dest|destination|log-file)(?:=(?P<value>.*))?\Z",
    re.DOTALL,
)
"""What programs call the place that they write to."""
_SHORT: dict[str, str] = {
    "curl": "oc",
    "wget": "OPoa",
    "tar": "C",
    "bsdtar": "C",
    "gtar": "C",
    "unzip": "d",
    "7z": "o",
    "patch": "odr",
    "gcc": "o",
    "g++": "o",
    "cc": "o",
    "clang": "o",
    "ld": "o",
    "sort": "o",
    "shuf": "o",
    "tree": "o",
    "pandoc": "o",
    "cpio": "D",
}
"""Letters of options that name such a place."""
_GIT_VALUED = ("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--exec-path")
_HERE = re.compile(r"\A(?:\$PWD|\$\{PWD\}|\$\(pwd\))")
_LEAVES_OUT = re.compile(
    r"-{1,2}[\w-]*(?:exclu|ignor|prune|skip|path|not|glob|name|filter)[\w-]*|-[xIg]|!"
)
"""Options whose value is what is left alone."""
_REPOSITORY = re.compile(r"(?:.*[/=]|-[A-Za-z])?\.git/*\Z")
_GIT_OWN = (
    "config head index hooks objects refs packed-refs description info logs fetch_head orig_head"
)
_NEVER_FOUND = (
    f"{_GIT_OWN} pre-commit commit-msg .git .gitattributes .gitmodules agents.md claude.md gemini.md .npmrc "
    ".bashrc .profile .envrc .env .mcp.json id_rsa"
).split()
"""Names that whoever deletes by a pattern may hit without having thought of them."""
_ANYTHING_FOUND = frozenset("-o -or , -not ! -regex -iregex -printf -files0-from".split())
"""With these, `find` may find or print what no name in it says."""
_ACTS = frozenset("-delete -exec -execdir -ok -okdir".split())


def told_by_options(name: str, words: _Words) -> Iterator[Effect]:
    """What a program is told to write by options that say so.

    Args:
        name: of the program.
        words: behind it.
    """
    letters = _SHORT.get(name, "")
    short = re.compile(rf"-(?!-)[A-Za-z]*?[{letters}](?P<value>.*)", re.DOTALL) if letters else None
    for at, word in enumerate(words):
        found = _OUTPUT.match(word) or (short.match(word) if short else None)
        if found is not None:
            value = found["value"] or (words[at + 1] if at + 1 < len(words) else "")
            if value and value != "-":
                yield Write(value)


def bare_repositories(words: _Words) -> Iterator[str]:
    """The words that name a repository's own folder, and not for it to be left out.

    Args:
        words: behind the program.
    """
    for at, word in enumerate(words):
        if _REPOSITORY.match(word):
            before = words[at - 1] if at else ""
            if not (_LEAVES_OUT.fullmatch(before) or _LEAVES_OUT.match(word)):
                yield word


def names_what_it_finds(argv: _Words) -> bool:
    """Whether `find` is told by name what to find, and nothing that nobody thinks of is among it.

    Args:
        argv: its words, each known.
    """
    if any(word in _ANYTHING_FOUND for word in argv):
        return False
    names = [
        argv[at + 1].lower() for at, word in enumerate(argv[:-1]) if word in ("-name", "-iname")
    ]
    return any(not any(fnmatchcase(each, name) for each in _NEVER_FOUND) for name in names)


def _of_find(words: _Words) -> Iterator[Effect]:
    for at, word in enumerate(words):
        if word.startswith(("-fprint", "-fls")) and at + 1 < len(words):
            yield Write(words[at + 1])
    starts = []
    leading = (at for at, word in enumerate(words) if not re.match(r"-(?:[HLP]|O\d*)\Z", word))
    for word in words[next(leading, len(words)) :]:
        if word.startswith(("-", "(", "!")):
            break
        starts.append(word)
    if _ACTS.isdisjoint(words):
        return
    for start in starts or ["."]:
        yield Delete(f"{start.rstrip('/') or '/'}/x")


def _of_git(words: _Words) -> Iterator[Effect]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _GIT_VALUED else 1
    verb, rest = (words[at], words[at + 1 :]) if at < len(words) else ("", ())
    operands = [word for word in rest if not word.startswith("-")]
    match verb:
        case "clone" if len(operands) > 1:
            yield Write(operands[-1])
        case "init" if operands:
            yield Write(operands[-1])
        case "worktree" if operands[:1] in (["add"], ["move"]):
            yield from map(Write, operands[1:2] if operands[0] == "add" else operands[-1:])
        case "submodule" if operands[:1] == ["add"] and len(operands) > 2:
            yield Write(operands[-1])
        case "mv":
            yield from map(Write, operands[-1:])
        case "archive" | "format-patch":
            at = next((i for i, word in enumerate(rest) if word == "-o"), len(rest))
            yield from map(Write, rest[at + 1 : at + 2])
        case "bundle" if operands[:1] == ["create"]:
            yield from map(Write, operands[1:2])
        case _:
            pass


def _of_tar(words: _Words) -> Iterator[Effect]:
    """The archive that it makes; the old style has letters without a dash, and values in their order."""
    letters = words[0].lstrip("-") if words and not words[0].startswith("--") else ""
    long_file = next((w.partition("=")[2] for w in words if w.startswith("--file=")), "")
    makes = bool(set(letters) & set("cru")) or "--create" in words
    if makes and long_file:
        yield Write(long_file)
    rest = [*words[1:]]
    for letter in letters:
        if letter in "fCTXbIHKLNVFgP" and rest and letter != "P":
            value = rest.pop(0)
            if letter == "C" or (letter == "f" and makes):
                yield Write(value)


def _of_container(words: _Words) -> Iterator[Effect]:
    """The folders of this machine that a container may write."""
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else ""
        if word in ("-v", "--volume"):
            yield from _bound(following)
        elif word.startswith(("-v/", "-v.", "-v~", "-v$", "--volume=")):
            yield from _bound(word.partition("=")[2] or word[2:])
        elif word == "--mount" or word.startswith("--mount="):
            spec = word.partition("=")[2] or following
            for source in re.findall(r"(?:source|src)=([^,]+)", spec):
                if "readonly" not in spec and ",ro" not in spec:
                    yield from _bound(source)
        elif word in ("--privileged", "--pid=host"):
            yield Write("/")


def _bound(spec: str) -> Iterator[Effect]:
    source, _, rest = spec.replace('"', "").partition(":")
    source = _HERE.sub(".", source)
    if source.startswith("$"):  # it may be any folder
        yield Write("/")
    if source.startswith(("/", ".", "~")) and not rest.endswith((":ro", ",ro")):
        yield Write(source)


TARGETS: dict[str, Callable[[_Words], Iterator[Effect]]] = {
    "find": _of_find,
    "gfind": _of_find,
    "git": _of_git,
    "tar": _of_tar,
    "gtar": _of_tar,
    "bsdtar": _of_tar,
    "docker": _of_container,
    "podman": _of_container,
    "nerdctl": _of_container,
}
"""What is known of programs by name."""

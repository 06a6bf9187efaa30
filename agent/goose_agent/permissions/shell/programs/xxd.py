"""`xxd`: a second operand is a file that it writes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from goose_agent.permissions.shell.effects import Effect, Read, Unproven
from goose_agent.permissions.shell.programs.program import Folders, Reader
from goose_agent.permissions.shell.script import Word

__all__ = ["XXD"]

_ALONE = frozenset(
    "-a -b -C -d -e -E -i -p -r -u -v -h -ps -plain -postscript -autoskip -bits -capitalize -EBCDIC "
    "-include -revert -uppercase -version -help".split()
)
_WITH_NUMBER = re.compile(r"-(?:c|cols|g|groupsize|l|len|s|seek|skip|o|offset)\Z")
_ATTACHED = re.compile(r"-[cglso][+-]?(?:0x)?[0-9a-fA-F]+\Z")
_NUMBER = re.compile(r"[+-]{0,2}(?:0x[0-9a-fA-F]+|\d+)\Z")


def _xxd(words: Sequence[Word], folders: Folders) -> list[Effect]:
    """What a call reads; the letters of xxd cannot be combined."""
    rest = [word.text for word in reversed(words[1:])]
    if any(word.has_glob for word in words):
        raise Unproven("file names take the place of a word")
    files: list[str] = []
    while rest:
        text = rest.pop()
        if files:  # xxd looks for options only before the first file
            raise Unproven(f"`{text}` would be written")
        if text in _ALONE or _ATTACHED.match(text):
            continue
        if _WITH_NUMBER.match(text):
            if not rest or not _NUMBER.match(rest.pop()):
                raise Unproven(f"`{text}` without a number")
        elif text.startswith("-") and text != "-":
            raise Unproven(f"the option `{text}` is not known to only read")
        else:
            files.append(text)
    return [Read(file) for file in files if file != "-"]


XXD: dict[str, Reader] = {"xxd": _xxd}

"""Programs that are given a small program of their own: `sed`, `jq`, `yq`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from goose_agent.permissions.shell.effects import Effect, Read, Unproven
from goose_agent.permissions.shell.programs.program import Folders, Program, Reader
from goose_agent.permissions.shell.script import Word

__all__ = ["SCRIPTS"]

# A bracket with a slash in it ends at another place for each sed: it does not occur here.
_REGEX = r"/(?:[^\[\]\\/\n]|\\[^\n]|\[\^?[^\[\]\\/\n]+\])*/[IM]*"
_ADDRESS = rf"(?:\d+|\$|{_REGEX})"
_REACH = rf"(?:{_ADDRESS}(?:~\d+|,[ ]?(?:[+~]?\d+|\$|{_REGEX}))?)?[ ]?!?[ ]?"
_PRINT = r"(?:[p=]|[qQ][ ]?\d*)"
_GROUP = rf"\{{[ ]?{_PRINT}[ ]?(?:;[ ]?{_PRINT}[ ]?)*;?[ ]?\}}"
_STATEMENT = rf"{_REACH}(?:{_PRINT}|{_GROUP})"
_SED_SCRIPT = re.compile(rf"[ ]?{_STATEMENT}[ ]?(?:[;\n][ ]?(?:{_STATEMENT})?[ ]?)*\Z")

_BLANKS = re.compile(" +")
_LONGEST_SED = 1000
"""Characters."""

_SED = Program(
    "sed gsed",
    short="nErsuze:",
    long="quiet silent expression= regexp-extended separate unbuffered null-data zero-terminated "
    "posix debug sandbox",
    text=1,
    text_options="e expression",
)


def _sed(words: Sequence[Word], folders: Folders) -> list[Effect]:
    """`sed -n` with scripts that only print lines."""
    call = _SED.parse(words[1:])
    if not call.has("n", "quiet", "silent"):
        if call.has("help", "version") and not call.operands:
            return []
        raise Unproven("`sed` without -n is not known to only print")
    scripts = [*call.values("e", "expression")]
    if not scripts and call.operands:
        scripts = [call.operands[0].text]
    for script in scripts:
        if len(script) > _LONGEST_SED or not _SED_SCRIPT.match(_BLANKS.sub(" ", script)):
            raise Unproven(f"the script `{script}` does more than print lines")
    return _SED(words, folders)


_JQ_SHORT = "acCMrRjnseSbh"
_JQ_LONG = frozenset(
    """
    ascii-output color-output monochrome-output raw-output raw-input raw-output0 join-output
    null-input slurp exit-status sort-keys compact-output seq stream stream-errors unbuffered tab
    help version binary arg argjson slurpfile rawfile args jsonargs indent
    """.split()
)
_JQ_NAMED = ("arg", "argjson", "slurpfile", "rawfile")
_JQ_REACHES_OUT = re.compile(
    r"(?<![\w.$])env\b|\.\.\s*env\b|\$ENV\b|\b(?:import|include|modulemeta)\b"
)


def _jq(words: Sequence[Word], folders: Folders) -> list[Effect]:
    """`jq` with a filter that reaches neither the environment nor other files."""
    if any(word.glob == 0 for word in words):
        raise Unproven("file names take the place of a word")
    rest = [*reversed(words[1:])]
    operands: list[Word] = []
    found: list[Effect] = []
    while rest:
        word = rest.pop()
        if word.text == "--":
            operands += reversed(rest)
            break
        if not word.text.startswith("-") or word.text == "-":
            operands.append(word)
        elif word.text in ("--args", "--jsonargs"):
            raise Unproven(f"what follows `{word.text}` is not sorted here")
        else:
            found += _jq_option(word.text, rest)
    if operands and (operands[0].has_glob or _JQ_REACHES_OUT.search(operands[0].text)):
        raise Unproven("the filter reaches beyond its input")
    return [*found, *(Read(word.text) for word in operands[1:])]


def _jq_option(option: str, rest: list[Word]) -> Iterator[Effect]:
    name = option.removeprefix("--")
    if name == option:
        if any(letter not in _JQ_SHORT for letter in option[1:]):
            raise Unproven(f"the option `{option}` is not known to only read")
        return
    if name not in _JQ_LONG:
        raise Unproven(f"the option `{option}` is not known to only read")
    if name == "indent":
        _taken(rest, option)
    if name in _JQ_NAMED:
        _taken(rest, option)
        value = _taken(rest, option)
        if name in ("slurpfile", "rawfile"):
            yield Read(value)


def _taken(rest: list[Word], option: str) -> str:
    if not rest or rest[-1].has_glob or rest[-1].text.startswith("-"):
        raise Unproven(f"the value of `{option}` is not plain")
    return rest.pop().text


_YQ = Program(
    "yq",
    short="rcCMPeNnjyo::p::I::",
    long="raw-output compact-output colors no-colors prettyPrint exit-status no-doc null-input "
    "tojson yaml-output output-format[=] input-format[=] indent[=] unwrapScalar",
)
_YQ_REACHES_OUT = re.compile(
    r"(?<![\w.$])(?:env|strenv|envsubst|load\w*|system|import|include|split_doc|input_filename|eval)\b"
    r"|\$ENV\b|\.\.\s*env\b"
)
_YQ_VERBS = ("e", "eval", "ea", "eval-all")


def _yq(words: Sequence[Word], folders: Folders) -> list[Effect]:
    """`yq`, of either kind, with an expression that reaches neither environment nor other files."""
    call = _YQ.parse(words[1:])
    operands = [*call.operands]
    if operands and operands[0].text in _YQ_VERBS:
        operands.pop(0)
    # The first operand is an expression, or a file where there is none: it is checked as both.
    if operands and (operands[0].has_glob or _YQ_REACHES_OUT.search(operands[0].text)):
        raise Unproven("the expression reaches beyond its input")
    return [Read(word.text) for word in operands if word.text != "-"]


SCRIPTS: dict[str, Reader] = {"sed": _sed, "gsed": _sed, "jq": _jq, "yq": _yq}

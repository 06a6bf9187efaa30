"""Shell texts by the dice: likely ones, damaged ones, and soups of everything the grammar knows."""

from __future__ import annotations

import random
from collections.abc import Iterator

__all__ = ["texts"]

_TOKENS = (
    "ls", "cat", "grep", "x", "a.b", "-n", "--opt=v", "--", "-", "1", "2", "12", "0", "[", "]", "test",
    "time", "in", "do", "if", "{", "}", "!", "[[", "case", "function", "f", "=", "a=b", "a+=b", "@{u}",
    "@{0}", "HEAD@{1}", "{a,b}", "{fd}", "*", "?", "[a-z]", "[!x]", "~", "a~b", "x=~", "é", "日本", "%",
    "^", "+", ",", ":", "@", "#", "a#b", "!x", ".", "..", "''", '""', "' '", "'a b'", '"a b"', "'|'",
    '";"', "'$x'", '"$x"', '"$"', '"a$ b"', '"$|"', '"$)"', '"$/"', '"$\\|"', '"$\\""', '"a\\"b"', '"a\\\\b"', '"\\$x"',
    '"\\`"', '"\\w+"', '"\\."', '"!"', "'\n'", '"\n"', "'", '"', "\\", "\\(", "\\)", "\\;", "\\ ", "\\'",
    '\\"', "\\*", "\\$", "\\&", "\\|", "\\#", "\\~", "\\!", "\\a", "\\-", "$", "$x", "${x}", "$(ls)",
    "`ls`", "$'x'", '$"x"', "(", ")", "&", "&&", "||", "|", "|&", ";", ";;", "\n", " ", "  ", "\t", "<",
    ">", ">>", "<<", "<<<", "2>&1", "1>&2", ">&2", ">&1", "2>/dev/null", ">/dev/null", "> /dev/null",
    ">>/dev/null", "&>/dev/null", "2> /dev/null", "1>/dev/null", "/dev/null", "2>", "12>", ">&", "&>",
    "2>&1x", "3>&1",
)  # fmt: skip
_BLANKS = (" ",) * 6 + ("", "", "  ", "\t")


def texts(dice: random.Random) -> Iterator[str]:
    """Texts without end.

    Args:
        dice: where chance comes from.
    """
    while True:
        match dice.randrange(3):
            case 0:
                yield _soup(dice)
            case 1:
                yield _likely(dice)
            case _:
                yield _damaged(dice, _likely(dice))


def _soup(dice: random.Random) -> str:
    count = dice.randint(1, 9)
    return "".join(dice.choice(_TOKENS) + dice.choice(_BLANKS) for _ in range(count))


def _likely(dice: random.Random) -> str:
    words = [token for token in _TOKENS if token.strip() and token[0] not in "&|;<>({})$`"]
    ends = (" 2>&1", " 2>/dev/null", " > /dev/null", " >&2", " &>/dev/null", "", "", "", "")
    commands = [
        " ".join(
            [
                dice.choice(("ls", "cat", "x", "a.b", "[")),
                *dice.choices(words, k=dice.randint(0, 4)),
            ]
        )
        + dice.choice(ends)
        for _ in range(dice.randint(1, 4))
    ]
    joints = (" && ", " || ", " | ", "; ", "\n", "|", "&&", ";", " |\n", " &&\n\n")
    return "".join(command + dice.choice(joints) for command in commands[:-1]) + commands[-1]


def _damaged(dice: random.Random, text: str) -> str:
    at = dice.randint(0, len(text))
    return text[:at] + dice.choice(_TOKENS) + text[at + dice.randint(0, 2) :]

"""What must be known of a command line before anything is imported that could parse it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FLAGS", "VALUES", "CommandLine", "command_first"]

VALUES = (
    "-C",
    "--add-dir",
    "--resume",
    "--fork",
    "--profile",
    "--model",
    "--mode",
    "--effort",
    "--max-turns",
    "--max-cost",
    "--max-tokens",
    "--max-time",
)
"""Options of the workbench that take a value."""
FLAGS = ("-c", "--continue", "--step", "--low-bandwidth", "--plain", "--debug", "--edit")
"""Options of the workbench that take none."""


class CommandLine:
    """A command line, as far as it must be known before it is parsed.

    Args:
        argv: without the program's name.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        self.command = ""
        self.place = 0
        """Where the command stands."""
        self.options: dict[str, str] = {}
        self.plain = True
        """Whether nothing is on it that the workbench would refuse."""
        rest = [*argv]
        while rest:
            word = rest.pop(0)
            name, equals, value = word.partition("=")
            if not word.startswith("-"):
                self.plain = self.plain and not self.command
                if not self.command:
                    self.command, self.place = word, len(argv) - len(rest) - 1
                if word != "demo":
                    return
                continue
            if name in VALUES and not equals:
                self.plain = self.plain and bool(rest)
                value = rest.pop(0) if rest else ""
            self.plain = self.plain and _is_known(word)
            self.options[name] = value


def command_first(argv: Sequence[str]) -> list[str]:
    """The command line with the options before its command moved behind it.

    Where something stands before the command that is no option of every session, or there is no
    command, it stays as it is.

    Args:
        argv: without the program's name.
    """
    words = CommandLine(argv)
    before = argv[: words.place]
    if not words.command or not all(name in (*VALUES, *FLAGS) for name in words.options):
        return [*argv]
    return [words.command, *before, *argv[words.place + 1 :]]


def _is_known(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return name in VALUES or (name in FLAGS and not equals)

"""Bash as referee: which commands it really runs when it is handed a text.

Nothing that a text names can run. All builtins but `printf` are switched off and the search path
leads nowhere, so every command ends in a handler that notes down its words and answers with a
status that the command's name determines. A word that stands for file names vanishes, since there
are none.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from goose_agent.permissions.shell.script import Command

__all__ = ["Referee", "that_run"]

_PRELUDE = """\
command_not_found_handle() {{
    # Bash writes out every line by itself: a record of several could be torn by another command.
    printf '%s\\0' "$#" "${{@//$'\\n'/$'\\2'}}" >>'{notes}'
    return $(( ${{#1}} % 2 ))
}}
PATH=/nonexistent
shopt -s nullglob
enable -n {builtins}
"""
_DRIVER = """\
ulimit -f 65536 -c 0
while IFS= read -r -d '' text; do
    BASH_ENV={prelude} {bash} --noprofile --norc -c "$text" </dev/null >/dev/null 2>&1
    printf '\\1\\0' >>'{notes}'
done
"""
_SECONDS = 300


@dataclass(frozen=True)
class Referee:
    """Runs texts in a folder of its own."""

    folder: Path
    """Empty; what a text wrongly writes appears in `jail` there."""

    def ran(self, texts: Sequence[str]) -> list[list[tuple[str, ...]]]:
        """For every text the commands that bash ran, sorted."""
        jail, notes, prelude = self.folder / "jail", self.folder / "notes", self.folder / "prelude"
        jail.mkdir(exist_ok=True)
        notes.write_bytes(b"")
        bash = shutil.which("bash")
        assert bash is not None, "bash is needed: it is the referee"
        named = subprocess.run(
            [bash, "-c", "compgen -b"], capture_output=True, text=True, check=True
        ).stdout.split()
        off = " ".join(name for name in named if name not in ("printf", "enable", "return"))
        prelude.write_text(_PRELUDE.format(notes=notes, builtins=off + " enable"), encoding="utf-8")
        subprocess.run(
            [
                bash,
                "--noprofile",
                "--norc",
                "-c",
                _DRIVER.format(prelude=prelude, bash=bash, notes=notes),
            ],
            input=b"".join(text.encode() + b"\0" for text in texts),
            cwd=jail,
            env={"LC_ALL": "C.UTF-8"},
            start_new_session=True,
            timeout=_SECONDS,
            check=True,
        )
        found = [sorted(_records(part)) for part in notes.read_bytes().split(b"\1\0")[:-1]]
        assert len(found) == len(texts)
        return found

    def written(self) -> list[str]:
        """What the texts wrote into the jail."""
        return sorted(path.name for path in (self.folder / "jail").iterdir())


def that_run(commands: Sequence[Command]) -> Iterator[Command]:
    """The commands of a list that a shell runs, given the status that the handler answers with."""
    status, runs = 0, True
    for command in commands:
        match command.joint:
            case ";":
                runs = True
            case "&&":
                runs = status == 0
            case "||":
                runs = status != 0
            case "|":
                pass
        if runs:
            yield command
            status = len(command.argv[0]) % 2


def _records(part: bytes) -> Iterator[tuple[str, ...]]:
    fields = part.decode().replace("\2", "\n").split("\0")[:-1]
    while fields:
        count = int(fields[0])
        yield tuple(fields[1 : count + 1])
        del fields[: count + 1]

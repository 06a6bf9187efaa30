"""A folder that a command may look at, and whether anything in it changed."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
from pathlib import Path

from goose_agent.tools.environment import child_environment

__all__ = ["Jail"]

_SECONDS = 10
_BOUNDED = """\
ulimit -t 10 -f 65536 -c 0
exec bash --noprofile --norc -c "$1"
"""
_FILES = {
    "README.md": "# readme\n\nwords and words\n",
    "names.txt": "b\na\nb\n",
    "a.txt": "one\ntwo\n",
    "b.txt": "one\nthree\n",
    "log.txt": "line\n" * 60,
    "setup.cfg": "[x]\n# comment\na = 1\n",
    "package.json": '{"version": "1", "scripts": {"a": "b"}, "dependencies": {"c": "1"}}\n',
    "data.bin": "\0\1\2\3",
    "src/app.py": "def foo(x):\n    return x\n",
    "tests/test_app.py": "class Test:\n    pass\n",
}


class Jail:
    """A small project under git.

    Args:
        folder: empty, or not there yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in _FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for words in (
            ["init", "-q", "-b", "main"],
            ["add", "."],
            ["-c", "user.name=x", "-c", "user.email=x@y.invalid", "commit", "-q", "-m", "first"],
        ):
            subprocess.run(["git", *words], cwd=folder, env=self.environ, check=True)
        (folder / "src" / "app.py").write_text("def foo(x):\n    return 2\n", encoding="utf-8")

    @property
    def environ(self) -> dict[str, str]:
        """What commands see: what they see in a session, with a home of their own."""
        home = str(self.folder.with_name("home"))
        return child_environment({**os.environ, "HOME": home, "XDG_CONFIG_HOME": home})

    def run(self, command: str) -> None:
        """Run a command as the shell tool does; how it ends does not matter, but that it does."""
        with subprocess.Popen(
            ["bash", "-c", _BOUNDED, "bash", command],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            try:
                process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise AssertionError(f"does not end: {command!r}") from None

    def content(self) -> dict[str, tuple[int, int, str]]:
        """Everything in the folder: mode, time of the last change in nanoseconds, and hash."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            entry = path.lstat()
            digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            when = entry.st_mtime_ns
            found[path.relative_to(self.folder).as_posix()] = (entry.st_mode, when, digest)
        return found

"""Changing one setting in the user's file and leaving every other line as it was written."""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path

from goose_agent.errors import ConfigError

__all__ = ["set_setting"]


def set_setting(path: Path, name: str, value: str) -> None:
    """Let a setting at the top level of a file be this text.

    Args:
        path: of the settings; made where it is missing.
        name: of the setting.
        value: one line of text.

    Raises:
        ConfigError: the file cannot be read or written.
    """
    # JSON's quotes are YAML's; most values need none.
    written = value if re.fullmatch(r"[A-Za-z][\w./@-]*", value, re.ASCII) else json.dumps(value)
    line = f"{name}: {written}"
    target = path.resolve()  # it may be a link into a folder that is kept elsewhere
    try:
        text = target.read_text(encoding="utf-8") if target.exists() else ""
        changed, count = re.subn(rf"(?m)^{re.escape(name)}:.*$", lambda _: line, text, count=1)
        if not count:
            changed = f"{text.rstrip()}\n{line}\n" if text.strip() else f"{line}\n"
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, unfinished = tempfile.mkstemp(dir=target.parent, prefix=".config-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(changed)
        Path(unfinished).replace(target)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be changed: {error}.") from error

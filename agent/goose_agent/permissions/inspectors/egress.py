"""Which hosts a command names, and whether it sends them a file."""

from __future__ import annotations

import re
from collections.abc import Sequence

from goose_agent.permissions.inspectors.inspector import Finding, Subject
from goose_agent.permissions.inspectors.notable import notable

__all__ = ["Egress", "hosts_in"]

_REMOTE = re.compile(r"(?<![\w./-])(?:[\w.-]+@)?([A-Za-z0-9][\w-]*(?:\.[\w-]+)+):(?!//)[\w./~-]+")
_SENDS = re.compile(
    r"(?<!\S)(?:-d|-F|-T|--data(?:-\w+)?|--form(?:-\w+)?|--upload-file|--post-file|--body-file)"
    r"(?:[\s=]*\S*@|\s+[\w./~])"
    r"|(?<!\S)(?:scp|rsync|sftp|nc|ncat|socat|aws\s+s3|gsutil|rclone)\s"
)


class Egress:
    """Tells hosts apart from the rest of a command; asks only where a file goes to one."""

    name = "network"

    def inspect(self, subject: Subject) -> Sequence[Finding]:
        """The hosts of a command."""
        if subject.effect != "run":
            return ()
        findings = []
        for text in subject.deciding:
            hosts = hosts_in(text)
            if not hosts:
                continue
            named = ", ".join(hosts[:5])
            if _SENDS.search(text):
                findings.append(Finding(f"it may send files to {named}"))
            else:
                findings.append(Finding(f"it names {named}", asks=False))
        return findings


def hosts_in(text: str) -> tuple[str, ...]:
    """The hosts that a command names, each once, in lower case."""
    found = [piece.text for piece in notable(text) if piece.kind == "host"]
    found += [match[1].lower() for match in _REMOTE.finditer(text)]
    return tuple(dict.fromkeys(found))

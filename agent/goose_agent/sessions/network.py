"""Whether a file lies on another machine: there a log that is shared by memory loses records."""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["is_on_network", "kind_of_mount"]

_MOUNTS = Path("/proc/self/mountinfo")
"""What is mounted where, on Linux; other systems do not say it in a file."""
_REMOTE = re.compile(
    r"nfs\d?|cifs|smb\w*|ncpfs|afs|9p|ceph|glusterfs|lustre|beegfs|gpfs|ocfs2|gfs2|davfs|prl_fs"
    r"|vboxsf|vmhgfs|fuse\.(sshfs|glusterfs|ceph|rclone|s3fs|davfs|gvfsd-fuse|vmhgfs-fuse)"
)


def is_on_network(path: Path) -> bool:
    """Whether a file lies, or would lie, on a file system of another machine."""
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return False
    return _REMOTE.fullmatch(kind_of_mount(path, mounts)) is not None


def kind_of_mount(path: Path, mounts: str) -> str:
    """The kind of file system that a path lies on; empty where that is not told.

    Args:
        path: it need not be there.
        mounts: as `/proc/self/mountinfo` has it.
    """
    place = os.path.realpath(path)
    found = ("", "")
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) > 4 and kinds:
            mounted = fields[4].replace("\\040", " ")
            inside = place == mounted or place.startswith(mounted.rstrip("/") + "/")
            if inside and len(mounted) >= len(found[0]):  # the later one lies over the earlier
                found = (mounted, kinds[0])
    return found[1]

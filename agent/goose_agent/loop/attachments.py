"""The files that a message mentions: found, checked as the read tool's paths are, and read.

A message is taken with all that it mentions or not at all, so that nobody learns from the answer
that a picture was missing. What names nothing here is plain text: `@property`, `@angular/core`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import anyio
from anyio import to_thread
from msgspec import Struct, field

from goose_agent.errors import UsageError
from goose_agent.events import AttachedText, Attachment, Picture
from goose_agent.loop.pictures import unseen
from goose_agent.mentions import Mention, find_mentions, names_a_picture
from goose_agent.permissions.paths import place
from goose_agent.providers.model import ModelInfo
from goose_agent.redaction import Redactor
from goose_agent.sessions.store import StoredBlob
from goose_agent.tools.output import human_size
from goose_agent.tools.picture_file import (
    LARGEST_PICTURE,
    BrokenPicture,
    PictureFile,
    picture_of,
)
from goose_agent.tools.places import meant, missing
from goose_agent.tools.text_file import decode, is_binary, kind_of, read_bytes
from goose_agent.tools.tool import ToolFailure, Workspace

__all__ = ["Gathered", "gather", "recorded_picture"]

_MOST = 20
"""Files of one message."""
_TEXT = 50_000
"""Bytes of one text that are attached."""
_LOOKED_AT = 4 * _TEXT
"""Bytes of it that are decoded."""
_TEXTS = 200_000
"""Bytes of all texts of one message."""
_PATIENCE = 10.0
"""Seconds in which the files must be read: a dead network folder would never answer."""
_HINT = "To mention a name without its file, write \\@ before it."


class Gathered(Struct, frozen=True):
    """The files of a message, and the blobs that hold their pictures."""

    attachments: tuple[Attachment, ...] = ()
    blobs: Mapping[str, StoredBlob] = field(default_factory=dict)


async def gather(
    text: str, workspace: Workspace, redactor: Redactor, model: ModelInfo | None
) -> Gathered:
    """Read what a message mentions.

    Args:
        text: the message.
        workspace: the folders of the session.
        redactor: masks our own keys in texts.
        model: who will read it; None where that is not known yet.

    Raises:
        UsageError: something that is mentioned cannot be attached.
    """
    mentions = tuple(dict.fromkeys(find_mentions(text))) if "@" in text else ()
    if not mentions:
        return Gathered()
    read = partial(_gather, mentions, workspace, redactor, model)
    try:
        with anyio.fail_after(_PATIENCE):
            return await to_thread.run_sync(read, abandon_on_cancel=True)
    except TimeoutError:
        raise UsageError(
            f"The files that are mentioned could not be read in {_PATIENCE:.0f} seconds.", _HINT
        ) from None


def recorded_picture(picture: PictureFile) -> tuple[Picture, StoredBlob]:
    """A picture as events tell of it, and the blob with its bytes. Blocks for large ones."""
    blob = StoredBlob.of(picture.data, dense=True)
    recorded = Picture(
        blob.sha,
        picture.media_type,
        picture.width,
        picture.height,
        len(picture.data),
        picture.name,
    )
    return recorded, blob


def _gather(
    mentions: tuple[Mention, ...],
    workspace: Workspace,
    redactor: Redactor,
    model: ModelInfo | None,
) -> Gathered:
    found: dict[str, Attachment] = {}
    blobs: dict[str, StoredBlob] = {}
    texts = pictures = 0
    for mention in mentions:
        target = _target(mention, workspace)
        if target is None or (key := os.path.realpath(target)) in found:
            continue
        if workspace.hides(os.path.normpath(target)):
            shown = workspace.shown(target)
            raise UsageError(
                f"{shown} is kept from the agent by a .gooseignore or a rule: it is not attached.",
                "Write what the model may know of it, or take the line out.",
            )
        if len(found) == _MOST:
            raise UsageError(f"More than {_MOST} files are mentioned.", "Name fewer at a time.")
        attached = _read(target, workspace, redactor)
        if isinstance(attached, PictureFile):
            picture, blob = recorded_picture(attached)
            # What a model cannot see at all becomes words in the request, and is told there.
            if model is not None and model.sees and (why := unseen(model, picture)):
                raise UsageError(f"{picture.name} cannot be sent: {why}.", "Make it smaller.")
            pictures += picture.size
            if pictures > LARGEST_PICTURE:
                raise UsageError(
                    f"The pictures that are mentioned are larger than {human_size(LARGEST_PICTURE)} "
                    "together.",
                    "Name fewer at a time.",
                )
            found[key] = picture
            blobs[f"picture {len(blobs) + 1}"] = blob
            continue
        found[key] = attached
        texts += len(attached.text.encode())
        if texts > _TEXTS:
            raise UsageError(
                f"The files that are mentioned are longer than {human_size(_TEXTS)} together.",
                "Name fewer: the model can read the others itself.",
            )
    return Gathered(tuple(found.values()), blobs)


def _target(mention: Mention, workspace: Workspace) -> Path | None:
    """The file that is meant; None where these are only words.

    Raises:
        UsageError: there is no file where one is meant.
    """
    missed: Path | None = None
    for path in mention.paths:
        try:
            target = meant(workspace, path)
        except ToolFailure:  # `~name` of somebody who does not exist
            continue
        if os.path.lexists(target):
            return None if target.is_dir() and _is_word(path, mention) else target
        missed = target
    if missed is not None and (mention.quoted or _names_a_file(missed, mention, workspace)):
        raise UsageError(missing(workspace, missed), _HINT)
    return None


def _is_word(path: str, mention: Mention) -> bool:
    """Whether the name of a folder may have been meant as a word: `@media`."""
    name = path.strip("/.~")
    return not mention.quoted and (not name or ("/" not in name and not path.endswith("/")))


def _names_a_file(target: Path, mention: Mention, workspace: Workspace) -> bool:
    """Whether a name that names nothing was meant to: there is its folder, or it names a picture."""
    if any(map(names_a_picture, mention.paths)):
        return True
    folder = target.parent
    inside = place(target, workspace.roots) != "outside"
    return inside and folder not in workspace.roots and folder.is_dir()


def _read(target: Path, workspace: Workspace, redactor: Redactor) -> PictureFile | AttachedText:
    """What a file holds.

    Raises:
        UsageError: it cannot be attached.
    """
    shown = workspace.shown(target)
    outside = place(target, workspace.roots) == "outside"
    named = Path(os.path.normpath(target))
    if outside and any(root in named.parents for root in workspace.roots):
        raise UsageError(
            f"{shown} leads out of the project, to {os.path.realpath(target)}.",
            "Name a picture by that path; for a text, add its folder with --add-dir.",
        )
    data, size = _load(target, shown)
    try:
        picture = picture_of(data, shown)
    except BrokenPicture as error:
        raise UsageError(f"{shown} {error}.", _HINT) from None
    if picture is not None:
        return picture
    if outside:
        raise UsageError(
            f"{shown} lies outside of the project: only pictures can be attached from there.",
            "Add its folder with --add-dir, or let the model read it.",
        )
    if is_binary(data):
        what = f"{kind_of(data)}, {human_size(size)}"
        raise UsageError(f"{shown} is neither text nor a picture: {what}.", _HINT)
    return _text(shown, data, size, redactor)


def _load(target: Path, shown: str) -> tuple[bytes, int]:
    """As much of a file as may be looked at, and the size of all of it."""
    try:
        if target.is_dir():
            raise UsageError(f"{shown} is a folder: only files can be attached.", _HINT)
        data = read_bytes(Path(os.path.realpath(target)), LARGEST_PICTURE + 1)
        size = max(len(data), target.stat().st_size)
    except FileNotFoundError:
        words = "is a link that leads nowhere" if target.is_symlink() else "is not there any more"
        raise UsageError(f"{shown} {words}.", _HINT) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"{shown} cannot be read: {reason}.", _HINT) from error
    if not data:
        raise UsageError(f"{shown} is empty: there is nothing to attach.", _HINT)
    return data, size


def _text(shown: str, data: bytes, size: int, redactor: Redactor) -> AttachedText:
    """The text of a file, as much of it as goes along."""
    if len(data) > _LOOKED_AT:
        # Between two lines, so that no character is cut.
        data = data[: data.rfind(b"\n", 0, _LOOKED_AT) + 1 or _LOOKED_AT]
    text = redactor.text(decode(data).text)
    head = text[:_TEXT].encode()[:_TEXT].decode("utf-8", "ignore")
    cut = len(head) < len(text) or len(data) < size
    if cut and (end := head.rfind("\n", len(head) // 2)) >= 0:
        head = head[: end + 1]
    head = head.removesuffix("\n")
    return AttachedText(shown, head, size, head.count("\n") + 1, cut)

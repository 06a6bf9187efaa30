"""The pictures of a request: read from the record, and words in the place of what cannot be shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from anyio import to_thread
from msgspec import Struct

from goose_agent.context.build import Built
from goose_agent.context.conversation import images_of
from goose_agent.context.estimate import picture_tokens
from goose_agent.events import Notice, Picture
from goose_agent.evolve import evolve
from goose_agent.messages import Image, Message, Part, Text, ToolResult
from goose_agent.providers.model import ModelInfo
from goose_agent.sessions.log import SessionLog
from goose_agent.state.records import NoticeRecord
from goose_agent.tools.output import human_size
from goose_agent.tools.picture_file import BrokenPicture, PictureFile, picture_of

__all__ = ["Illustrated", "illustrated", "unseen", "with_pictures"]

_BLIND = "this model cannot see pictures"
_TOO_MANY = "there are too many pictures after it"
_LOST = "it is missing from the record"


class Illustrated(Struct, frozen=True):
    """A conversation with the bytes of its pictures."""

    messages: tuple[Message, ...]
    size: int = 0
    """Bytes that the pictures take in a request."""
    tokens: int = 0
    """What they cost, estimated."""


def unseen(
    info: ModelInfo, picture: Picture | PictureFile | Image, *, crowded: bool = False
) -> str:
    """Why a model cannot be shown a picture, as the end of a sentence; empty where it can.

    Args:
        info: the model.
        picture: the picture.
        crowded: whether so many come with it that stricter bounds hold.
    """
    limits = info.pictures
    size = len(picture.data) if isinstance(picture, PictureFile) else picture.size
    side = limits.crowd_side if crowded else limits.side
    if not info.sees:
        return _BLIND
    if picture.media_type not in limits.media_types:
        return f"{info.name} takes no {picture.media_type}"
    if limits.size and size > limits.size:
        return f"it has {human_size(size)}, and {info.name} takes {human_size(limits.size)}"
    if side and max(picture.width, picture.height) > side:
        size_of = f"{picture.width}×{picture.height}"
        among = f" among more than {limits.crowd} pictures" if crowded else ""
        return f"it has {size_of} pixels, and {info.name} takes {side} a side{among}"
    return ""


async def illustrated(log: SessionLog, info: ModelInfo, built: Built) -> Illustrated:
    """A conversation as a model can be sent it; the person is told once of what it cannot see.

    Args:
        log: the session's record.
        info: the model.
        built: the conversation, its pictures by their names on record.
    """
    if not built.images:
        return Illustrated(built.messages)
    await log.settle()  # a blob can be read once it is written
    hidden = _hidden(info, built.images)
    wanted = dict.fromkeys(image.sha for image in built.images if image.sha not in hidden)
    contents = {sha: await log.journal.blob(sha) for sha in wanted}
    shown, told = await to_thread.run_sync(with_pictures, info, built, contents)
    _tell(log, info, told)
    return shown


def with_pictures(
    info: ModelInfo, built: Built, contents: Mapping[str, bytes | None]
) -> tuple[Illustrated, list[tuple[Image, str]]]:
    """A conversation as a model can be sent it, and what it cannot see with the reasons.

    Args:
        info: the model.
        built: the conversation, its pictures by their names on record.
        contents: what the record has by these names.
    """
    places = built.images
    images = {image.sha: image for image in places}
    hidden = _hidden(info, places)
    read: dict[str, Image] = {}
    for sha, image in images.items():
        if sha in hidden:
            continue
        data = contents.get(sha)
        if data is None or not _is_sound(image, data):
            hidden[sha] = _LOST
        else:
            read[sha] = evolve(image, data=data)
    shown = tuple(_with_bytes(message, read, hidden) for message in built.messages)
    sent = [read[image.sha] for image in places if image.sha in read]
    illustrated = Illustrated(
        shown,
        sum((len(image.data) + 2) // 3 * 4 for image in sent),
        sum(picture_tokens(image.width, image.height) for image in sent),
    )
    return illustrated, [(images[sha], why) for sha, why in hidden.items()]


def _hidden(info: ModelInfo, images: Sequence[Image]) -> dict[str, str]:
    """Why some of these cannot be shown, by name on record; of too many, the oldest.

    One that is there several times is sent as often.
    """
    limits = info.pictures
    crowded = bool(limits.crowd) and len(images) > limits.crowd
    times = Counter(image.sha for image in images)
    hidden: dict[str, str] = {}
    total = 0
    for image in {image.sha: image for image in reversed(images)}.values():
        why = unseen(info, image, crowded=crowded)
        if not why:
            total += image.size * times[image.sha]
            why = _TOO_MANY if total > limits.total else ""
        if why:
            hidden[image.sha] = why
    return hidden


def _is_sound(image: Image, data: bytes) -> bool:
    """Whether a blob is the picture that an event tells of: a session may come from anywhere."""
    try:
        found = picture_of(data)
    except BrokenPicture:
        return False
    if found is None:
        return False
    told = (image.media_type, image.width, image.height, image.size)
    return told == (found.media_type, found.width, found.height, len(data))


def _tell(log: SessionLog, info: ModelInfo, hidden: list[tuple[Image, str]]) -> None:
    for image, why in hidden:
        if why == _BLIND:
            words = f"{info.name} cannot see pictures: it reads a line of text in their place."
            hint = "/model picks another one."
        else:
            words = f"{_name(image)} is not shown to the model: {why}."
            hint = ""
        told = (r.text for r in log.state.records if isinstance(r, NoticeRecord))
        if words not in told:
            log.record(Notice("warning", words, hint), "agent")


def _with_bytes(message: Message, read: dict[str, Image], hidden: dict[str, str]) -> Message:
    if not any(images_of((message,))):
        return message
    return Message(message.role, tuple(_shown(part, read, hidden) for part in message.parts))


def _shown(part: Part, read: dict[str, Image], hidden: dict[str, str]) -> Part:
    match part:
        case Image():
            return read.get(part.sha) or Text(_words_for(part, hidden[part.sha]))
        case ToolResult() if part.images:
            words = [
                _words_for(each, hidden[each.sha]) for each in part.images if each.sha in hidden
            ]
            images = tuple(read[each.sha] for each in part.images if each.sha in read)
            return evolve(part, text="\n\n".join((part.text, *words)), images=images)
        case _:
            return part


def _words_for(image: Image, why: str) -> str:
    size = f"{image.width}×{image.height}"
    return f"[{_name(image)}, {image.media_type}, {size}, is not shown: {why}.]"


def _name(image: Image) -> str:
    return image.name or "A picture"

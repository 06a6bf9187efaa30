"""What passes between an engine and a face: lines of text, whatever carries them.

To the engine: `open {json}` and `tell ID {json}`. From it: `event {json}`, `state ID {json}` in
the place of a long session's first events, `following {json}` where a session is only read along,
`opened {json}` once all its past has been sent,
`refused {json}` when it could not be opened, and `gone {json}` when it has ended.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from goose_agent.codec import command_from, command_to
from goose_agent.commands import Command
from goose_agent.decoding import converted
from goose_agent.errors import GooseError, StoreError
from goose_agent.events import Mode, SegmentChange
from goose_agent.messages import Effort, ModelRole

__all__ = [
    "Following",
    "Fork",
    "Gone",
    "Imaged",
    "Open",
    "Opened",
    "PieceChange",
    "Refused",
    "Tell",
    "Word",
    "event_line",
    "frames",
    "image_line",
    "parse",
    "write",
]


class PieceChange(Struct, frozen=True):
    """A change of what the model sees of a conversation."""

    segment: str
    """The key of the piece."""
    change: SegmentChange
    text: str = ""
    """What is to stand there, for `edit`."""


class Fork(Struct, frozen=True):
    """A copy of a session's first events is to go on, and the session is to stay as it is."""

    at: int = 0
    """`seq` of the last event that is copied; 0 for the last there is. Below 0 the copy ends just before
    a message of the person: -1 stands for the last one, -2 for the one before."""
    afresh: bool = False
    """Whether something else is to be said there: questions that wait are withdrawn."""
    changes: tuple[PieceChange, ...] = ()
    message: str = ""
    """What is to be said there; it waits in the queue."""


class Open(Struct, frozen=True):
    """Open a session: a new one, or one of the past."""

    folder: str
    """Absolute."""
    opened_in: str = ""
    """The folder the person is in, where that is another."""
    add_dirs: tuple[str, ...] = ()
    resume: str = ""
    """Which one: an id, a unique start of one, or a title; empty for a new one."""
    continue_last: bool = False
    """The one used last in this folder."""
    fork: Fork | None = None
    """How a session of the past is forked; None where it goes on itself."""
    profile: str = ""
    """Name of a profile of the user's settings; empty for the one that is set."""
    model: str = ""
    """`provider/model`; empty for the one that is set or found."""
    models: Mapping[ModelRole, str] | None = None
    """Those of other roles, `provider/model` each; None for those that are set."""
    mode: Mode | None = None
    max_turns: int | None = None
    effort: Effort | None = None
    max_cost: float | None = None
    """US dollars, from the opening on."""
    max_tokens: int | None = None
    max_time: float | None = None
    """Seconds of work."""
    stepping: bool = False
    extra_prompt: str = ""
    titles: bool = True
    """Whether a model may name the session, where that is set."""
    attended: bool = True
    """Whether a person is there to be asked about what need not be asked."""
    allow: tuple[str, ...] = ()
    """Rules, for what may run without asking until the session is closed."""
    debug: bool = False
    """Whether the last raw requests are kept."""
    record: str = ""
    """A file, absolute, into which the answers of models are written; empty for none."""
    replay: str = ""
    """A file, absolute, from which they come instead; empty for none."""
    follow: bool = False
    """Whether a session of the past is read along where it cannot be written."""


class Tell(Struct, frozen=True):
    """A command for a session."""

    session_id: str
    command: Command


class Opened(Struct, frozen=True):
    """A session is open and all its past events have been sent."""

    session_id: str
    recent: tuple[tuple[str, str], ...] = ()
    """For a new session the last ones of its folder: title and time (ISO 8601, UTC) each."""


class Imaged(Struct, frozen=True):
    """The state of a session after its first events, in their place."""

    session_id: str
    image: bytes
    """See `state.image`."""


class Following(Struct, frozen=True):
    """A session is only read along, or is not any more."""

    session_id: str
    reason: str
    """Why, in a sentence; empty where it is written here from now on."""
    free: bool = False
    """Whether nobody writes it any more, so that it can be taken over."""


class Refused(Struct, frozen=True):
    """A session could not be opened, or could not go on."""

    kind: str
    """Name of the error's class, such as `NoModel`."""
    message: str
    hint: str
    exit_code: int
    session_id: str = ""
    """Which session; empty where none was open yet."""

    @classmethod
    def because(cls, error: GooseError, session_id: str = "") -> Refused:
        """The refusal that tells of this error."""
        kind = type(error).__name__
        return cls(kind, error.message, error.hint, error.exit_code, session_id)


class Gone(Struct, frozen=True):
    """A session has ended."""

    session_id: str


Word = Open | Tell | Opened | Imaged | Following | Refused | Gone

_TAGS: dict[str, type[Open | Opened | Following | Refused | Gone]] = {
    "open": Open,
    "opened": Opened,
    "following": Following,
    "refused": Refused,
    "gone": Gone,
}
_NAMES = {kind: tag for tag, kind in _TAGS.items()}


def write(word: Word) -> bytes:
    """One line, its end included."""
    if isinstance(word, Imaged):
        return image_line(word.session_id, word.image)
    if isinstance(word, Tell):
        return b"tell " + word.session_id.encode() + b" " + command_to(word.command) + b"\n"
    # The standard library's JSON holds file names that are not UTF-8.
    body = json.dumps(msgspec.to_builtins(word), separators=(",", ":"))
    return f"{_NAMES[type(word)]} {body}\n".encode()


def event_line(event: bytes) -> bytes:
    """The line that carries an event, its end included."""
    return b"event " + event + b"\n"


def image_line(session_id: str, image: bytes) -> bytes:
    """The line that carries the image of a state, its end included."""
    return b"state " + session_id.encode() + b" " + image + b"\n"


def frames(chunk: bytes) -> Iterator[bytes]:
    """The lines of a chunk of whole lines, without their ends."""
    return (line for line in chunk.split(b"\n") if line)


def parse(line: bytes) -> bytes | Word:
    """What a line says; for an event its JSON, still to be read.

    Raises:
        StoreError: the line is of no known form.
    """
    tag, _, body = line.partition(b" ")
    if tag == b"event":
        return body
    try:
        if tag == b"state":
            session_id, _, image = body.partition(b" ")
            return Imaged(session_id.decode(), image)
        if tag == b"tell":
            session_id, _, command = body.partition(b" ")
            return Tell(session_id.decode(), command_from(command))
        return converted(json.loads(body), _TAGS[tag.decode()])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"A line cannot be read: {error}") from error

"""What a tool is: a documented async method, its effect, and what it may ask of the session.

An extension is a class whose `@tool` methods a model may call; `tools/plan.py` is a small one.
The JSON schema the model sees comes from the type hints and the docstring.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

import anyio
from msgspec import Struct

from goose_agent.clock import Clock
from goose_agent.events import Mode, PlanAnswer, PlanItem, Preview, QuestionAnswer
from goose_agent.tools.picture_file import PictureFile
from goose_agent.tools.session_view import SessionView

if TYPE_CHECKING:
    from goose_agent.tools.subagents import AgentVerb, Order

__all__ = [
    "Annotations",
    "Approved",
    "CallContext",
    "Effect",
    "Extension",
    "Foreseen",
    "ToolFailure",
    "ToolMark",
    "ToolOutput",
    "Workspace",
    "tool",
]

Effect = Literal["read", "edit", "net", "run", "session"]
"""`read`: only looks at files. `edit`: changes files it names. `net`: asks something of a host on the
network. `run`: starts a program, so anything may happen. `session`: touches nothing but the session
(the plan, a question), so it never asks."""

MARK = "__goose_tool__"


class ToolFailure(Exception):
    """The tool could not do it; the message is for the model: what was wrong and how to mend it."""


class ToolOutput(Struct, frozen=True):
    """What a tool answers."""

    text: str
    """For the model; the loop bounds it."""
    is_error: bool = False
    exit_code: int | None = None
    full: bytes | None = None
    """The full output where `text` is less than that; kept as a blob."""
    total: int | None = None
    """Bytes put out in all, where that is more than `full` holds."""
    pictures: tuple[PictureFile, ...] = ()
    """What the model is shown besides `text`, as far as it can see."""


class Foreseen(Struct, frozen=True):
    """What a call would do."""

    preview: Preview
    hunks: tuple[str, ...] = ()
    """Pieces of its change that can be left out one by one: a tool that names some makes only those
    that `CallContext.approved` holds."""


class Approved(Struct, frozen=True):
    """What a person saw of a change before they allowed it."""

    files: Mapping[str, str]
    """sha256 of each file by its path without links; empty where there was none."""
    hunks: tuple[int, ...] | None = None
    """Numbers of the pieces to make, from 0; None for all."""


def _shows_all(_: str) -> bool:
    return False


class Workspace(Struct, frozen=True):
    """The folders the agent works in."""

    folder: Path
    """Where relative paths start, absolute."""
    roots: tuple[Path, ...]
    """All folders it may work in, `folder` included."""
    hides: Callable[[str], bool] = _shows_all
    """Whether an absolute path is kept from the agent: searching finds neither it nor its name."""
    leads: Mapping[str, str] = {}
    """Where the paths that a running call names lead, as it was judged; all absolute."""

    def resolve(self, path: str) -> Path:
        """The absolute path meant by `path`, `~` expanded, symbolic links kept."""
        meant = Path(path).expanduser()
        return meant if meant.is_absolute() else self.folder / meant

    def real(self, path: Path) -> Path:
        """Where `path` leads, without any link: as it was judged, whatever leads elsewhere since."""
        try:
            return Path(self.leads.get(str(path)) or os.path.realpath(path))
        except (OSError, ValueError):  # not to be looked up: whoever opens it will hear why
            return Path(os.path.normpath(path))

    def shown(self, path: Path) -> str:
        """`path` as people read it: relative to the working folder where it lies below it."""
        try:
            return str(path.relative_to(self.folder))
        except ValueError:
            return str(path)


class CallContext(Protocol):
    """What one running call may use of the session."""

    @property
    def workspace(self) -> Workspace:
        """The folders the agent works in."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment for programs the tool starts: an allow-list, without our own keys."""

    @property
    def clock(self) -> Clock:
        """Tells the time."""

    @property
    def approved(self) -> Approved | None:
        """What a person saw and allowed; None where nobody was asked."""

    @property
    def moved(self) -> anyio.Event:
        """Set when the person wants that the call is not waited for any longer."""

    def progress(self, tail: str, total: int, share: float | None = None) -> None:
        """Show the last lines of the output so far.

        Args:
            tail: those lines.
            total: bytes of output so far.
            share: how much of the work is done, from 0 to 1; None where nobody knows.
        """

    async def file_changed(self, path: Path, before: bytes | None, after: bytes | None) -> None:
        """Record that this call changed a file; None where there was, or is, no file."""

    async def ask(self, text: str, choices: tuple[str, ...], free_text: bool) -> QuestionAnswer:
        """Ask the person and wait for the answer."""

    async def review_plan(self, text: str) -> PlanAnswer:
        """Ask the person whether a plan may be carried out; the mode they choose holds from then on."""

    def unseen(self, picture: PictureFile) -> str:
        """Why the model cannot be shown a picture, as the end of a sentence; empty where it can."""

    async def recalled(self, name: str) -> str | None:
        """All of a result or a message by its id; None where the model may read none of that id."""

    def set_plan(self, items: tuple[PlanItem, ...]) -> None:
        """Put this plan in the place of the one before."""

    async def delegate(self, order: Order) -> ToolOutput:
        """Let a subagent do something; where it works in the background, only its beginning.

        Raises:
            ToolFailure: it cannot be begun so.
        """

    async def direct_agent(self, verb: AgentVerb, name: str) -> ToolOutput:
        """Wait for a subagent of this agent, read how far it is, or stop it.

        Raises:
            ToolFailure: there is none of this name.
        """


class Annotations(Struct, frozen=True):
    """Hints about a tool, as the Model Context Protocol has them."""

    read_only: bool
    destructive: bool
    idempotent: bool
    open_world: bool
    """Whether it has to do with more than the files and the session."""

    @property
    def words(self) -> tuple[str, ...]:
        """Those that hold."""
        return tuple(
            name.replace("_", " ") for name in self.__struct_fields__ if getattr(self, name)
        )


class ToolMark(Struct, frozen=True):
    """What `@tool` notes on a method."""

    effect: Effect
    paths: tuple[str, ...] = ()
    """Names of the arguments that are paths."""
    command: str = ""
    """Name of the argument that is a shell command."""
    url: str = ""
    """Name of the argument that is an address on the network."""
    find_paths: str = ""
    """Name of the method that tells which files a call is about, where no argument is a path:
    `(arguments: Mapping[str, Any]) -> Sequence[str]`. It reads nothing, and never fails."""
    preview: str = ""
    """Name of the method that shows what the call would do:
    `async (workspace: Workspace, **arguments) -> Preview | Foreseen`."""
    summary: str = ""
    """Names of the arguments that say in one line what the call does, comma separated."""
    modes: tuple[Mode, ...] = ()
    """Permission modes in which the model has it; empty for all."""
    occasional: bool = False
    """Whether the model has it only while there is something to do with it."""
    destroys: bool | None = None
    """Whether it may do away with what is there; None for what its effect lets expect."""
    idempotent: bool = False
    """Whether a second call like the first changes nothing more."""
    basic: bool = False
    """Whether even a model that gets few tools has it."""

    @property
    def annotations(self) -> Annotations:
        """What others are told of the tool; nothing is allowed for it."""
        destroys = self.effect in ("edit", "run") if self.destroys is None else self.destroys
        reads = self.effect in ("read", "net", "session")
        return Annotations(reads, destroys, self.idempotent or reads, self.effect in ("net", "run"))


Method = TypeVar("Method", bound=Callable[..., Awaitable[ToolOutput | str]])


def tool(
    *,
    effect: Effect,
    paths: tuple[str, ...] = (),
    command: str = "",
    url: str = "",
    find_paths: str = "",
    preview: str = "",
    summary: str = "",
    modes: tuple[Mode, ...] = (),
    occasional: bool = False,
    destroys: bool | None = None,
    idempotent: bool = False,
    basic: bool = False,
) -> Callable[[Method], Method]:
    """Mark a method of an `Extension` as something a model may call.

    Args:
        effect: what it may do to the world.
        paths: names of the arguments that are paths.
        command: name of the argument that is a shell command.
        url: name of the argument that is an address on the network.
        find_paths: name of the method that tells which files a call is about.
        preview: name of the method that shows what the call would do, without doing it.
        summary: names of the arguments that say in one line what the call does.
        modes: permission modes in which the model has it; none for all.
        occasional: whether it has it only while there is something to do with it.
        destroys: whether it may do away with what is there; None for what its effect lets expect.
        idempotent: whether a second call like the first changes nothing more.
        basic: whether even a model that gets few tools has it.
    """
    made = ToolMark(
        effect,
        paths,
        command,
        url,
        find_paths,
        preview,
        summary,
        modes,
        occasional,
        destroys,
        idempotent,
        basic,
    )

    def marked(method: Method) -> Method:
        setattr(method, MARK, made)
        return method

    return marked


class Extension:
    """A set of tools and, where they need it, words about them for the system prompt."""

    name: str = ""
    roles: tuple[str, ...] = ()
    """What other extensions have to be there as; who is what, the settings say."""
    requires: Mapping[str, Extension] = MappingProxyType({})
    """The extension that fills each role, once it is attached."""
    _session: SessionView | None = None

    @property
    def session(self) -> SessionView:
        """The session it belongs to.

        Raises:
            RuntimeError: it belongs to none yet.
        """
        if self._session is None:
            raise RuntimeError(f"{self.name} is not attached to a session yet")
        return self._session

    def attach(self, session: SessionView, requires: Mapping[str, Extension]) -> None:
        """Belong to a session from now on; called once, before any tool."""
        self._session = session
        self.requires = requires

    def prepare(self) -> None:
        """Read what it needs to know; in a thread, before the first turn and when trust changes."""

    def prompt(self) -> str:
        """What the model should know about these tools beyond their descriptions."""
        return ""

    def wanted(self) -> Collection[str]:
        """Names of its occasional tools that there is something to do with now."""
        return ()

    def close(self) -> None:
        """Let go of what is held between calls; the session has ended. Blocks."""

"""Commands about extensions, and the messages that they have ready as commands of their own."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from goose_agent.commands import (
    ListExtensions,
    RestartExtension,
    SwitchExtension,
    UsePrompt,
)
from goose_agent.errors import UsageError
from goose_tui.slash.command import Choice, Face, Report, Slash
from goose_tui.view.numbers import duration, tokens

if TYPE_CHECKING:
    from goose_agent.events import ListedExtension, PromptArgument, ServerPrompt

__all__ = ["EXTENSIONS", "NO_EXTENSIONS", "extensions_report", "prompt_commands"]

NO_EXTENSIONS = (
    "No servers yet. Add one: goose-tui extensions add NAME COMMAND … What is built in: /tools"
)
_WORD = re.compile(r"[\w.-]+")
_WORDS = ("on", "off", "restart")


def extensions_report(extensions: Sequence[ListedExtension], problems: Sequence[str]) -> Report:
    """The extensions of a session and how each is."""
    rows = tuple((extension.name, _about(extension)) for extension in extensions)
    foot = "; ".join(problems) if rows or problems else NO_EXTENSIONS
    return Report("Extensions", rows, foot)


def _about(extension: ListedExtension) -> str:
    if not extension.enabled:
        return "off"
    if extension.phase == "failed":
        return "; ".join(["failed", extension.why, *extension.lines[-2:]])
    on = [tool for tool in extension.tools if tool.on]
    words: list[str] = [extension.phase]
    if extension.seconds is not None:
        words.append(f"started in {duration(extension.seconds)}")
    words.append(f"{len(on)} tools, about {tokens(sum(tool.tokens for tool in on))} tokens")
    return ", ".join(words)


def _extensions(face: Face, argument: str) -> None:
    """The face shows the extensions when `extensions.listed` comes."""
    word, _, name = argument.partition(" ")
    name = name.strip()
    match word:
        case "":
            face.tell(ListExtensions())
        case "on" | "off" if name:
            face.tell(SwitchExtension(name, word == "on"))
        case "restart" if name:
            face.tell(RestartExtension(name))
        case _:
            raise UsageError("/extensions: on, off or restart, and the name of an extension.")


def _choices(face: Face, argument: str) -> Sequence[Choice]:
    names = sorted(face.state.extensions) if face.state is not None else []
    return [
        Choice(f"{word} {name}", face.state.extensions[name].phase if face.state else "")
        for word in _WORDS
        for name in names
    ]


EXTENSIONS = Slash(
    "extensions",
    "[on|off|restart NAME]",
    "servers: state, tools, switch, add, try",
    _extensions,
    on_screen=lambda app, argument: (
        _extensions(app, argument) if argument else app.show_extensions()
    ),
    choices=_choices,
)


def prompt_commands(face: Face) -> Iterator[Slash]:
    """The messages that servers have ready, as `/server:prompt`."""
    state = face.state
    if state is None:
        return
    for name, extension in state.extensions.items():
        for prompt in filter(_can_be_typed, extension.prompts):
            yield Slash(
                f"{name}:{prompt.name}",
                " ".join(map(_shown, prompt.arguments)),
                prompt.words or f"a prompt of {name}",
                partial(_use, extension=name, prompt=prompt),
                choices=partial(_values, extension=name, prompt=prompt),
            )


def _can_be_typed(prompt: ServerPrompt) -> bool:
    """Whether all its names are words: servers may call things as they like."""
    names = (prompt.name, *(argument.name for argument in prompt.arguments))
    return all(_WORD.fullmatch(name) for name in names)


def _shown(argument: PromptArgument) -> str:
    return f"{argument.name}=…" if argument.required else f"[{argument.name}=…]"


def _use(face: Face, argument: str, *, extension: str, prompt: ServerPrompt) -> None:
    face.tell(UsePrompt(extension, prompt.name, _given(argument, prompt)))


def _given(text: str, prompt: ServerPrompt) -> dict[str, str]:
    """The arguments in a line: `name=value`, or values in their order.

    Raises:
        UsageError: they are not what the prompt wants.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"/{prompt.name}: {error}.") from error
    names = [argument.name for argument in prompt.arguments]
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name in names:
            found[name] = value
            continue
        left = [each for each in names if each not in found]
        if not left:
            raise UsageError(f"/{prompt.name} takes no {word}.")
        found[left[0]] = word
    missing = [a.name for a in prompt.arguments if a.required and a.name not in found]
    if missing:
        raise UsageError(f"/{prompt.name} needs {', '.join(missing)}.")
    return found


def _values(face: Face, text: str, *, extension: str, prompt: ServerPrompt) -> Sequence[Choice]:
    """What the argument under way may be, as far as its server has told."""
    before, _, word = text.rpartition(" ")
    lead = f"{before} " if before else ""
    names = [argument.name for argument in prompt.arguments]
    name, equals, value = word.partition("=")
    if equals and name in names:
        values = face.completed(extension, prompt.name, name, value)
        return [
            Choice(f"{lead}{name}={shlex.quote(each)}", f"{name} of {prompt.name}")
            for each in values
        ]
    used = {each.partition("=")[0] for each in before.split()}
    return [
        Choice(f"{lead}{argument.name}=", argument.words)
        for argument in prompt.arguments
        if argument.name not in used
    ]

"""The command that lets another model answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from goose_agent.commands import SetModel
from goose_agent.state.session_state import SessionState
from goose_tui.slash.command import Choice, Face, Report, Slash
from goose_tui.view.numbers import tokens
from goose_tui.view.session_words import ROLE_WORDS

if TYPE_CHECKING:
    from goose_agent.messages import ModelRole
    from goose_agent.providers.model import ModelInfo
    from goose_tui.app import GooseApp

__all__ = ["MODEL", "model_words"]

_NONE = "none"
_NONE_WORDS = "the main model does it"
"""How a role is left without a model of its own."""


def model_words(info: ModelInfo, used: int = 0) -> str:
    """What is to be known of a model before choosing it: window and prices.

    Args:
        info: the model.
        used: tokens of the conversation; a window that is smaller is marked.
    """
    words = []
    if info.window:
        small = ", smaller than this conversation" if info.window < used else ""
        words.append(f"{tokens(info.window)} tokens{small}")
    if info.input_price is not None and info.output_price is not None:
        words.append(f"${info.input_price:g} in, ${info.output_price:g} out")
    return "  ".join(words)


def _used(face: Face) -> int:
    return face.state.context.tokens if face.state is not None else 0


def _read(argument: str) -> tuple[ModelRole, str]:
    """The role and the model that an argument names; each may be empty or left out."""
    first, _, rest = argument.partition(" ")
    role = next((role for role in ROLE_WORDS if role == first), None)
    return ("main", argument) if role is None else (role, rest.strip())


def _choices(face: Face, typed: str) -> Sequence[Choice]:
    role, _ = _read(typed)
    named = typed.startswith(f"{role} ")
    before = f"{role} " if named else ""
    models = [
        Choice(before + info.name, model_words(info, _used(face))) for info in face.known_models()
    ]
    if not named:
        return [*models, *(Choice(word, words) for word, words in ROLE_WORDS.items())]
    return models if role == "main" else [*models, Choice(f"{role} {_NONE}", _NONE_WORDS)]


def _set(face: Face, role: ModelRole, name: str) -> None:
    face.tell(SetModel("" if name == _NONE and role != "main" else name, role))


def _model(face: Face, argument: str) -> None:
    role, name = _read(argument)
    if name:
        _set(face, role, name)
        return
    state = face.state or SessionState()
    rows = [(state.model, "main: does the work")]
    rows += [(name, f"{role}: {ROLE_WORDS[role]}") for role, name in state.models.items()]
    known = {name for name, _ in rows}
    rows += [
        (info.name, model_words(info, _used(face)))
        for info in face.known_models()
        if info.name not in known
    ]
    foot = "Change it with /model PROVIDER/MODEL, or /model ROLE PROVIDER/MODEL."
    face.report(Report("Models", tuple(rows), foot))


def _model_on_screen(app: GooseApp, argument: str) -> None:
    role, name = _read(argument)
    if name:
        _set(app, role, name)
    else:
        app.choose_model(role)


MODEL = Slash(
    "model",
    "[ROLE] [MODEL]",
    "let another model answer, or plan",
    _model,
    on_screen=_model_on_screen,
    choices=_choices,
)

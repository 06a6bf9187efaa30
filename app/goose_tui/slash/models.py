"""The command that lets another model answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from goose_agent.commands import SetModel
from goose_tui.slash.command import Choice, Face, Report, Slash
from goose_tui.view.formatting import tokens

if TYPE_CHECKING:
    from goose_agent.providers.model import ModelInfo
    from goose_tui.app import GooseApp

__all__ = ["MODEL", "model_words"]


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


def _choices(face: Face) -> Sequence[Choice]:
    return [Choice(info.name, model_words(info, _used(face))) for info in face.known_models()]


def _model(face: Face, argument: str) -> None:
    if argument:
        face.tell(SetModel(argument))
        return
    now = face.state.model if face.state is not None else ""
    rows = [(each.word, each.words) for each in _choices(face) if each.word != now]
    face.report(
        Report("Models", ((now, "answers now"), *rows), "Change it with /model PROVIDER/MODEL.")
    )


def _model_on_screen(app: GooseApp, argument: str) -> None:
    if argument:
        app.tell(SetModel(argument))
    else:
        app.choose_model()


MODEL = Slash(
    "model",
    "[PROVIDER/MODEL]",
    "let another model answer",
    _model,
    on_screen=_model_on_screen,
    choices=_choices,
)

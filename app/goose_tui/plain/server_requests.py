"""What servers ask, as lines, and what a typed line answers."""

from __future__ import annotations

import json

from goose_agent.events import (
    Elicitation,
    ElicitationAnswer,
    Sampling,
    SamplingAnswer,
    ServerRequest,
    SignIn,
    SignInAnswer,
)
from goose_tui.plain.approvals import indented
from goose_tui.plain.decisions import Unclear
from goose_tui.view.schema_fields import Field, FieldFault, fields_of, read_fields, read_json
from goose_tui.view.server_words import offered_values, sampling_cost, sampling_text
from goose_tui.view.untrusted import clean, clean_line

__all__ = ["read_server_answer", "server_lines", "server_prompt"]


def server_lines(subject: ServerRequest, count: str) -> list[str]:
    """What a server asks, complete, and every answer.

    Args:
        subject: the question.
        count: which of several it is, in words.
    """
    name = clean_line(subject.server, strict=True)
    match subject:
        case Elicitation():
            lines = [f"waiting for you: the extension {name} asks{count}"]
            lines += indented(clean(subject.message))
            if subject.url:
                lines += [f"  {clean_line(subject.url, strict=True)}", "y I go there"]
            else:
                lines += [f"  {_about(field)}" for field in fields_of({}, subject.schema)]
                lines.append("NAME=VALUE … or JSON answers; empty to take what is offered")
            return [*lines, "n decline", "0 no answer"]
        case Sampling():
            lines = [f"waiting for you: may the extension {name} have a model answer?{count}"]
            lines += [f"  {line}" for line in sampling_cost(subject)]
            lines += indented(clean(sampling_text(subject)))
            return [*lines, "y once", "a always in this session", "n deny"]
        case SignIn():
            return [
                f"waiting for you: the extension {name} wants you to sign in{count}",
                f"  {clean_line(subject.url, strict=True)}",
                "the last address of the browser answers, where it does not come back by itself",
                "0 not now",
            ]


def server_prompt(subject: ServerRequest) -> str:
    """What the line begins with on which it is answered."""
    match subject:
        case Elicitation():
            return "your answer, y, n or 0: " if subject.url else "your answer, n or 0: "
        case Sampling():
            return "your answer, y, a or n: "
        case SignIn():
            return "the address, or 0: "


def read_server_answer(
    subject: ServerRequest, text: str
) -> ElicitationAnswer | SamplingAnswer | SignInAnswer | Unclear:
    """What a typed line says.

    Args:
        subject: the question.
        text: the line.
    """
    match subject:
        case Elicitation():
            return _elicited(subject, text)
        case Sampling():
            found = {"y": "once", "a": "session", "n": "deny"}.get(text.lower())
            match found:
                case "once" | "session" | "deny":
                    return SamplingAnswer(found)
                case _:
                    return Unclear()
        case SignIn():
            if text == "0":
                return SignInAnswer("")
            return SignInAnswer(text) if "code=" in text or "error=" in text else Unclear()


def _elicited(subject: Elicitation, text: str) -> ElicitationAnswer | Unclear:
    if text.lower() == "n":
        return ElicitationAnswer("decline")
    if text == "0":
        return ElicitationAnswer("cancel")
    if subject.url:
        return ElicitationAnswer("accept") if text.lower() == "y" else Unclear()
    try:
        return ElicitationAnswer("accept", _content(subject, text))
    except FieldFault as fault:
        return Unclear(problem=str(fault))


def _content(subject: Elicitation, text: str) -> dict[str, object]:
    """The values that a line gives; what is left out is as the server offers it.

    Raises:
        FieldFault: they are none.
    """
    offered = offered_values(subject)
    if text.startswith("{"):
        return read_json(text, subject.schema)
    fields = fields_of(offered, subject.schema)
    given = _pairs(text, fields)
    return read_fields(fields, [given.get(field.name, field.text) for field in fields])


def _pairs(text: str, fields: list[Field]) -> dict[str, str]:
    """`NAME=VALUE` in any number; a lone value is that of the only field."""
    names = [field.name for field in fields]
    if len(names) == 1 and not text.startswith(f"{names[0]}="):
        return {names[0]: text} if text else {}
    found: dict[str, str] = {}
    last = ""
    for word in text.split():
        name, equals, value = word.partition("=")
        if equals and name in names:
            found[name], last = value, name
        elif last:
            found[last] += f" {word}"
        else:
            raise FieldFault(f"{word}: name a field first: {', '.join(names)}")
    return found


def _about(field: Field) -> str:
    kind = " | ".join(filter(None, field.choices)) or field.kind
    need = "" if field.required else ", may be left out"
    about = f": {field.about}" if field.about else ""
    offered = field.schema.get("default")
    default = f" [{json.dumps(offered, ensure_ascii=False)}]" if offered is not None else ""
    return clean_line(f"{field.name} ({kind}{need}){about}{default}")

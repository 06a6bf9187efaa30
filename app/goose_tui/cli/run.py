"""`goose-tui run`: work on one message without a screen."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import anyio

from goose_agent.errors import UsageError
from goose_agent.evolve import evolve
from goose_agent.permissions.rules.line import parse_allowed
from goose_agent.state.session_state import SessionState
from goose_tui import __version__
from goose_tui.answer_schema import AnswerSchema
from goose_tui.arguments import WorkbenchArguments, add_session_arguments, open_word
from goose_tui.cli.message import message_of
from goose_tui.cli.output import note, say, say_json
from goose_tui.cli.reports import EventStream, Progress, question_lines, report
from goose_tui.faces import Errand, HeadlessFace, Outcome, engine_here
from goose_tui.view.untrusted import clean, clean_line

__all__ = ["add_arguments", "main", "run_errand"]


class _Arguments(WorkbenchArguments):
    """What is asked for."""

    words: list[str]
    text: str
    file: str
    system: str
    allow: list[str]
    output: str
    output_schema: str
    record: str
    replay: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add = parser.add_argument
    add("words", nargs="*", metavar="TEXT", help="the message; `-` waits for standard input")
    add("-t", "--text", default="", help="the message")
    add("-i", dest="file", metavar="FILE", default="", help="read the message from a file")
    add("--system", metavar="TEXT", default="", help="further instructions for the model")
    add(
        "--allow",
        metavar="RULE",
        action="append",
        default=[],
        help="what may run without asking in this run: edit, 'write: src/**', 'shell: git status *'; "
        "may be given again",
    )
    add(
        "--output",
        choices=("text", "json", "stream-json"),
        default="text",
        help="text: the answer. json: one object at the end. stream-json: every event, a line each",
    )
    add(
        "--output-schema",
        metavar="FILE",
        default="",
        help="JSON schema that the last answer has to follow; text is then that JSON alone",
    )
    answers = parser.add_mutually_exclusive_group()
    answers.add_argument(
        "--record", metavar="FILE", default="", help="write what models answer into a new file"
    )
    answers.add_argument(
        "--replay", metavar="FILE", default="", help="take models' answers from such a file"
    )
    add_session_arguments(parser)
    add("--step", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(low_bandwidth=False, demo=None)


def main(namespace: argparse.Namespace) -> int:
    """Do it; the result is the exit status."""
    arguments = _Arguments(**vars(namespace))
    if arguments.step:
        raise UsageError(
            "There is nobody to step through a run.", "Use goose-tui --step, or with --plain."
        )
    text = message_of(arguments.text, arguments.file, arguments.words)
    goes_on = arguments.resume or arguments.continue_last or arguments.fork
    if not text.strip() and not goes_on:
        raise UsageError("The message is empty.", "Give one: goose-tui run -t TEXT")
    for rule in arguments.allow:
        parse_allowed(rule)  # before anything starts; whether its tool exists shows later
    schema = AnswerSchema.load(arguments.output_schema) if arguments.output_schema else None
    extra = (arguments.system, schema.instructions if schema is not None else "")
    word = evolve(
        open_word(arguments),
        attended=False,
        titles=False,  # nobody waits for one after the last answer
        extra_prompt="\n\n".join(filter(None, extra)),
        allow=tuple(arguments.allow),
        record=str(Path(arguments.record).absolute()) if arguments.record else "",
        replay=str(Path(arguments.replay).absolute()) if arguments.replay else "",
    )
    errand = Errand(
        word,
        text,
        whole_outputs=arguments.debug,
        schema=schema,
    )
    outcome = run_errand(errand, arguments.output, debug=arguments.debug)
    return outcome.exit_code


def run_errand(errand: Errand, output: str = "text", *, debug: bool = False) -> Outcome:
    """Run an errand and tell of it.

    Args:
        errand: what is to be done.
        output: `text`, `json` or `stream-json`.
        debug: whether every event is named, and all is shown that models and tools are given.

    Raises:
        UsageError: there is nothing to do.
    """
    listener = (
        EventStream()
        if output == "stream-json"
        else Progress(answers=output == "text" and errand.schema is None, debug=debug)
    )
    link = engine_here(__version__, dict(os.environ))
    outcome = anyio.run(HeadlessFace(link, errand, listener).run)
    if output == "json":
        say_json(report(outcome))
    elif output == "text" and outcome.checked is not None and outcome.status == "done":
        say_json(outcome.checked.value)
    elif output == "text" and outcome.plan:
        say(clean(outcome.plan))
    _last_words(outcome)
    return outcome


def _last_words(outcome: Outcome) -> None:
    """Say what a person should know at the end."""
    if refused := outcome.refused:
        note(f"goose-tui: {' '.join(f'{refused.message} {refused.hint}'.split())}")
    if outcome.status == "failed" and outcome.checked is not None and outcome.checked.faults:
        faults = clean_line("; ".join(outcome.checked.faults))
        note(f"goose-tui: The answer still does not follow the schema: {faults}.")
    for question in outcome.skipped:
        if question.about != "outcome":
            continue
        what = question.text.partition("\n\n")[2].partition("\n\n")[0]
        note(
            "goose-tui: the program had ended while a call ran, and nobody is there to say whether "
            f"it is to run again; the model was told that its outcome is unknown: {clean_line(what)}"
        )
    for item in outcome.waiting:
        note(f"goose-tui: {question_lines(item, outcome.state.session_id)}")
    if outcome.plan:
        note("goose-tui: that is a plan; nothing of it was done. Carry it out:")
        note(f"  goose-tui run --resume {outcome.state.session_id} --mode smart -t 'Carry it out.'")
    if outcome.state.debugging.pause is not None:
        _tell_pause(outcome.state)
    if outcome.status in ("interrupted", "hangup") and outcome.state.session_id:
        note(
            f"goose-tui: stopped. Go on: goose-tui run --resume {outcome.state.session_id} -t TEXT"
        )


def _tell_pause(state: SessionState) -> None:
    from goose_tui.view.pause_words import pause_words  # slow to import

    if (words := pause_words(state)) is not None:
        note(f"goose-tui: {words.where} ({words.why}), and nobody is there to let it go on.")
        note(f"  go on yourself: goose-tui --resume {state.session_id}")

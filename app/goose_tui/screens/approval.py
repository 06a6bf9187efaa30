"""May this call run? All of it is shown, and nothing but a chosen key answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message

from goose_tui.keys import KEY_SILENCE, bindings, letters
from goose_tui.screens.approval_lists import AlikeStep, ExplainStep, HunksStep, RuleStep
from goose_tui.screens.approval_rows import (
    ApprovalChoices,
    ApprovalFoot,
    ApprovalFrame,
    ApprovalHead,
    Choice,
)
from goose_tui.screens.approval_step import Step, TextStep
from goose_tui.screens.asking import AskingScreen
from goose_tui.transcript.approval import Passage, passages
from goose_tui.transcript.approval_drawing import ApprovalDrawer
from goose_tui.widgets.record_messages import EndInSight
from goose_tui.widgets.record_view import RecordView

if TYPE_CHECKING:
    from goose_agent.events import Approval, ApprovalAnswer, RequestExplained
    from goose_agent.state.session_state import Pending
    from goose_tui.view.palette import Palette

__all__ = ["ApprovalScreen", "StepName"]

_WIDEST = 220
_AROUND = 10
"""Rows that are neither body nor keys: header, frame, head, foot, margins, composer and status."""
_TEXT_ROWS = 3
"""Rows that a step takes which stands below what is asked about."""
_LONG = 4_000
"""Characters from which on reading and comparing is left to a thread."""
_FIRST = 6
"""Passages that are drawn before a long text is shown."""

StepName = Literal["edit", "always", "reason", "explain", "hunks", "result", "alike"]

_ANSWERS = frozenset(
    {"choose", "open_step", "toggle_fold", "focus_choice", "take_choice", "scroll_behind"}
)
"""Actions that belong to the question itself, not to a step."""
_STEPS = frozenset({"agree", "deny", "toggle_item", "move", "widen", "open_editor"})
"""Actions that a step may know."""


class ApprovalScreen(AskingScreen):
    """A question about one call.

    Args:
        pending: what is asked.
        waiting: all questions that wait, this one included.
        palette: styles and glyphs.
        who: the subagent that asks; empty for the main agent.
        keymap: the user's own keys, by id.
        key_silence: seconds without a key that pass before one answers.
    """

    CSS_PATH = "approval.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("approval", priority=True),
        *bindings("in an approval", priority=True),
    ]

    @dataclass
    class Answered(Message):
        """The person chose."""

        request_ids: tuple[str, ...]
        answer: ApprovalAnswer

    @dataclass
    class ExplanationWanted(Message):
        """A model is to explain the call."""

        request_id: str

    @dataclass
    class BehindScrolled(Message):
        """What is behind the folded dialog is to be scrolled."""

        pages: int

    def __init__(
        self,
        pending: Pending,
        approval: Approval,
        waiting: Sequence[Pending],
        palette: Palette,
        *,
        who: str = "",
        keymap: Mapping[str, str] | None = None,
        key_silence: float = KEY_SILENCE,
    ) -> None:
        super().__init__(pending.request_id, key_silence=key_silence)
        self._approval = approval
        self._palette = palette
        self._letters = letters("approval", keymap or {})
        self._waiting = tuple(waiting)
        self._head = ApprovalHead(approval, len(waiting), who)
        self._foot = ApprovalFoot(approval)
        self._choices = ApprovalChoices(self._offers(), "choose('deny')")
        self._drawer = ApprovalDrawer(palette)
        self._body: RecordView[Passage] = RecordView(self._drawer, tail=False, id="approval-body")
        self._records: Sequence[Passage] = ()
        self._step: Step | None = None
        self._seen = False
        """Whether the end of what is asked about was in sight."""

    def compose(self) -> ComposeResult:
        """Head, body, foot, keys; a step goes before the foot."""
        with ApprovalFrame(id="approval"):
            yield self._head
            yield self._body
            yield self._foot
            yield self._choices

    def on_mount(self) -> None:
        """Show all of it from its start."""
        for part in (self._head, self._foot, self._choices):
            part.palette = self._palette
        self.query_one("#approval").border_title = "Approve"
        self._body.focus()
        if len(self._approval.preview.text) < _LONG:
            self._show(passages(self._approval))
        else:
            self._foot.say("reading it")
            self._read()

    @work
    async def _read(self) -> None:
        """Take a long text apart beside the event loop."""
        from anyio import to_thread

        width = self._width(self.size) - 1  # what is that long has a scrollbar
        records = await to_thread.run_sync(passages, self._approval)
        await to_thread.run_sync(self._drawer.draw_ahead, records[:_FIRST], width)
        self._foot.say("")
        self._show(records)
        await to_thread.run_sync(self._drawer.draw_ahead, records[_FIRST:], width)

    def _show(self, records: Sequence[Passage]) -> None:
        self._records = records
        self._body.show(records)
        self._fit(self.size)

    def on_record_view_end_in_sight(self, event: EndInSight) -> None:
        """What was read to its end may be allowed for always."""
        event.stop()
        if event.view is self._body and self._records:
            self._foot.more(not event.seen)
            if event.seen and not self._seen:
                self._seen = True
                self._foot.say("")

    # Places

    def on_resize(self, event: events.Resize) -> None:
        """The body is as high as what it shows, as far as the screen has room."""
        self._fit(event.size)

    def _width(self, size: Size) -> int:
        return min(_WIDEST, size.width) - 4

    def _fit(self, size: Size) -> None:
        width = self._width(size)
        room = max(2, size.height - _AROUND - len(self._choices.rows(width)))
        if self._step is not None:
            self._step.fit(width, room)
            if self._step.beside:
                room = max(2, room - _TEXT_ROWS)
        wanted = 0
        for record in self._records:
            wanted += len(self._drawer.lines(record, width, False))
            if wanted > room:
                break
        self._body.styles.height = max(1, min(wanted, room))
        self._body.styles.scrollbar_size_vertical = 1 if wanted > room else 0
        self._foot.more(wanted > room and not self._body.end_in_sight)

    # What may be answered

    def _alike(self) -> list[Pending]:
        """The approvals of this tool that wait."""
        return [
            item
            for item in self._waiting
            if item.subject.kind == "approval" and item.subject.tool == self._approval.tool
        ]

    def _offers(self) -> list[Choice]:
        """The answers there are to this question."""
        approval = self._approval
        alike = len(self._alike())
        offered: list[tuple[str, str, bool]] = [
            ("choose('once')", "once", True),
            ("open_step('edit')", "edit", approval.arguments is not None),
            ("open_step('always')", "always…", bool(approval.proposals)),
            ("choose('deny')", "deny", True),
            ("open_step('reason')", "deny + reason", True),
            ("choose('stop')", "stop", True),
            ("open_step('explain')", "explain", True),
            ("open_step('hunks')", "hunks", len(approval.hunks) > 1),
            ("open_step('result')", "made-up result", True),
            ("open_step('alike')", f"all {alike} alike", alike > 1),
            ("toggle_fold", "fold", True),
        ]
        return [
            Choice(action, self._letters[action], words)
            for action, words, there in offered
            if there
        ]

    def show_waiting(self, waiting: Sequence[Pending]) -> None:
        """These wait, this one included."""
        if tuple(waiting) == self._waiting:
            return
        self._waiting = tuple(waiting)
        self._head.show(len(waiting))
        self._choices.offer(self._offers())
        if isinstance(self._step, AlikeStep):
            left = {item.request_id for item in waiting}
            if not left.issuperset(self._step.request_ids):
                self.action_back()  # what was read is not what would be answered any more
        self._fit(self.size)

    def show_explained(self, explained: RequestExplained) -> None:
        """A model has said so much by now."""
        mine = explained.request_id == self.request_id
        if mine and isinstance(self._step, ExplainStep) and self._step.show(explained):
            self._fit(self.size)

    def arm(self) -> None:
        """Take keys as answers from now on."""
        super().arm()
        self._choices.arm(True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing answers before the silence; within a step only its own keys do."""
        if action == "scroll_behind":
            return self._folded
        if action in _ANSWERS:
            # What is still being read can be denied, not allowed.
            shown = bool(self._records) or parameters in (("deny",), ("stop",))
            return self.armed and self._step is None and shown
        if action == "back":
            return self.armed and self._step is not None
        if action in _STEPS:
            return self.armed and self._step is not None and action in self._step.ACTIONS
        return True

    def _answer(self, answer: ApprovalAnswer, request_ids: tuple[str, ...] = ()) -> None:
        self.armed = False
        self._choices.arm(False)
        self.post_message(self.Answered(request_ids or (self.request_id,), answer))

    def action_choose(self, choice: Literal["once", "deny", "stop"]) -> None:
        """A key of the table was pressed."""
        from goose_agent.events import ApprovalAnswer

        self._answer(ApprovalAnswer(choice))

    def action_focus_choice(self, step: int) -> None:
        """Look at another answer."""
        self._choices.move(step)

    async def action_take_choice(self) -> None:
        """Enter: the answer in focus, where somebody put it there."""
        if self._choices.chosen:
            await self.run_action(self._choices.focused_action)

    # Steps

    async def action_open_step(self, name: StepName) -> None:
        """On the way to an answer that needs more than a key."""
        if name == "always" and self._approval.proposals and not self._seen:
            self._foot.say("Always is offered once all of it was in sight: scroll to the end.")
            return
        self._foot.say("")
        step = self._made(name)
        if step is None:
            self._foot.say("That is not offered for this call.")
            return
        self._unfold()
        self._step = step
        frame = self.query_one("#approval")
        frame.border_title = Content(f"Approve: {step.title}")  # a tool's name is no markup
        frame.set_class(not step.beside, "stepping")
        self._foot.shorten(not step.beside)
        self._choices.hint(step.hints)
        await frame.query(Step).remove()
        await frame.mount(step, before=self._foot)
        self._fit(self.size)
        step.begin()
        if name == "explain":
            self.post_message(self.ExplanationWanted(self.request_id))

    def _made(self, name: StepName) -> Step | None:
        """The step with a name; None where there is nothing to choose there."""
        approval, palette = self._approval, self._palette
        match name:
            case "reason":
                return TextStep("deny, and say why", "deny", "Why not? The model reads this.")
            case "result":
                words = "It does not run; the model reads this instead."
                return TextStep("made-up result", "result", words)
            case "always":
                return RuleStep(approval.proposals, palette) if approval.proposals else None
            case "hunks":
                return HunksStep(approval, palette) if len(approval.hunks) > 1 else None
            case "alike":
                alike = self._alike()
                return AlikeStep(alike, approval.tool, palette) if len(alike) > 1 else None
            case "explain":
                return ExplainStep(palette)
            case "edit":
                from goose_tui.screens.approval_form import FormStep

                if approval.arguments is None:
                    return None
                return FormStep(approval.arguments, approval.schema, palette)

    def action_back(self) -> None:
        """Esc: back to the question."""
        step, self._step = self._step, None
        if step is not None:
            # It is taken down with the next one: half taken down it could not be painted any more.
            step.display = False
        frame = self.query_one("#approval")
        frame.border_title = "Approve"
        frame.remove_class("stepping")
        self._foot.say("")
        self._foot.shorten(False)
        self._choices.hint(())
        self._body.focus()
        self._fit(self.size)

    def on_step_answered(self, event: Step.Answered) -> None:
        """A step led to an answer."""
        event.stop()
        if self.armed:
            self._answer(event.answer, event.request_ids)

    def on_step_said(self, event: Step.Said) -> None:
        """Why a key did nothing; or the keys mean something else now."""
        event.stop()
        self._foot.say(event.words)
        if self._step is not None:
            self._choices.hint(self._step.hints)
            self._fit(self.size)

    def action_agree(self) -> None:
        """What the step makes of it."""
        if self._step is not None:
            self._step.agree()

    def action_deny(self) -> None:
        """What the step makes of it."""
        if self._step is not None:
            self._step.deny()

    def action_toggle_item(self) -> None:
        """What the step makes of it."""
        if self._step is not None:
            self._step.toggle()

    def action_move(self, step: int) -> None:
        """What the step makes of it."""
        if self._step is not None:
            self._step.move(step)

    def action_widen(self, step: int) -> None:
        """What the step makes of it."""
        if self._step is not None:
            self._step.widen(step)

    def action_open_editor(self) -> None:
        """What the step makes of it."""
        if self._step is not None:
            self._step.open_editor()

    # Reading what is behind

    @property
    def _folded(self) -> bool:
        return self.query_one("#approval").has_class("folded")

    def _unfold(self) -> None:
        self.query_one("#approval").remove_class("folded")

    def action_toggle_fold(self) -> None:
        """Fold to a bar, to read what is behind; and back."""
        self.query_one("#approval").toggle_class("folded")

    def action_scroll_behind(self, pages: int) -> None:
        """Page through what is behind."""
        self.post_message(self.BehindScrolled(pages))

"""Which dialog lies over the workbench: that follows from the session's state, not from keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goose_agent.state.session_state import Pending, SessionState
    from goose_tui.screens.asking import AskingScreen
    from goose_tui.session_app import SessionApp

__all__ = ["show_call", "sync_call", "sync_changes", "sync_queue", "sync_requests"]


def sync_requests(app: SessionApp, state: SessionState) -> None:
    """Let the dialog on the screen be that of the first pending request, or none."""
    from goose_tui.screens.approval import ApprovalScreen
    from goose_tui.screens.asking import AskingScreen

    questions = state.questions
    wanted = questions[0] if questions else None
    asking = (screen for screen in app.screen_stack if isinstance(screen, AskingScreen))
    shown = next(asking, None)
    if shown is not None and (wanted is None or shown.request_id != wanted.request_id):
        close(app, shown)
        shown = None
    if wanted is None:
        app.workbench.make_room(0)
        return
    if shown is None:
        app.push_screen(_dialog(app, wanted, state))
    elif isinstance(shown, ApprovalScreen):
        shown.show_waiting(questions)
        view = app.bridge.sessions[app.session_id]
        if view.explained is not None:
            shown.show_explained(view.explained)


def close(app: SessionApp, screen: AskingScreen) -> None:
    """Take a dialog away, and whatever lies over it."""
    while screen in app.screen_stack:
        app.pop_screen()


def _dialog(app: SessionApp, pending: Pending, state: SessionState) -> AskingScreen:
    from goose_agent.events import (
        Approval,
        CompactionReview,
        Elicitation,
        PlanReview,
        Question,
        Sampling,
        SignIn,
    )
    from goose_tui.screens.approval import ApprovalScreen
    from goose_tui.screens.compaction import CompactionScreen
    from goose_tui.screens.missing_model import MissingModelScreen
    from goose_tui.screens.plan_review import PlanScreen
    from goose_tui.screens.question import QuestionScreen
    from goose_tui.screens.server_request import (
        ElicitationScreen,
        SamplingScreen,
        SignInScreen,
        VisitScreen,
    )
    from goose_tui.view.agent_words import asker

    palette, silence = app.start.look.palette, app.start.key_silence
    request_id, subject = pending.request_id, pending.subject
    who = asker(state, pending.agent)
    match subject:
        case Approval():
            return ApprovalScreen(
                pending,
                subject,
                state.questions,
                palette,
                who=who,
                keymap=app.keys,
                key_silence=silence,
            )
        case Question(about="model"):
            used, setup = state.context.tokens, app.start.setup
            return MissingModelScreen(
                request_id, subject, used, setup, palette, key_silence=silence
            )
        case Question():
            return QuestionScreen(request_id, subject, palette, who=who, key_silence=silence)
        case PlanReview():
            return PlanScreen(request_id, subject, palette, keymap=app.keys, key_silence=silence)
        case CompactionReview():
            return CompactionScreen(
                request_id, subject, state, palette, held=pending.held, key_silence=silence
            )
        case Elicitation():
            screen = VisitScreen if subject.url else ElicitationScreen
            return screen(request_id, subject, palette, key_silence=silence)
        case Sampling():
            return SamplingScreen(request_id, subject, palette, key_silence=silence)
        case SignIn():
            return SignInScreen(request_id, subject, palette, key_silence=silence)


def show_call(app: SessionApp, call_id: str) -> None:
    """Show a call in full."""
    from goose_agent.commands import FetchBlob
    from goose_tui.screens.detail import DetailScreen

    state = app.state
    call = state.find_call(call_id) if state is not None else None
    if call is None:
        return
    view = app.bridge.sessions.get(app.session_id)

    def forget(_: None) -> None:
        if view is not None:
            view.blobs.clear()

    app.push_screen(DetailScreen(call, app.start.look.palette), forget)
    if call.output:
        app.tell(FetchBlob(call.output))


def sync_call(app: SessionApp) -> None:
    """Keep a call that is shown in full up to date."""
    from goose_tui.screens.detail import DetailScreen

    screen = app.screen
    view = app.bridge.sessions.get(app.session_id)
    if isinstance(screen, DetailScreen) and view is not None:
        call = view.state.find_call(screen.call_id)
        if call is None:
            return
        screen.show(call, view.blobs.get(call.output) if call.output else None)


def sync_queue(app: SessionApp, state: SessionState) -> None:
    """Keep the queue that is shown up to date."""
    from goose_tui.screens.queue import QueueScreen

    if isinstance(app.screen, QueueScreen):
        app.screen.show(state.queue)


def sync_changes(app: SessionApp, state: SessionState) -> None:
    """Have the list of changes that is shown made anew where there are more."""
    from goose_tui.screens.changes import ChangesScreen

    if isinstance(app.screen, ChangesScreen):
        app.screen.refresh_for(state.files)

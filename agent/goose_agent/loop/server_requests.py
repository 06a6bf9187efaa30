"""What servers ask of the session: questions for the person, answers of a model, a sign-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from goose_agent.context.estimate import FIRST_RATIO, estimate_tokens
from goose_agent.errors import GooseError
from goose_agent.events import (
    Elicitation,
    ElicitationAnswer,
    Sampling,
    SamplingAnswer,
    SignIn,
    SignInAnswer,
)
from goose_agent.loop.aside import AsideQuestion, ask_aside
from goose_agent.loop.bench import Bench
from goose_agent.loop.desk import Desk, answer_as
from goose_agent.loop.seats import Seats
from goose_agent.mcp.host import Sampled, SampleRequest
from goose_agent.messages import Message, ModelRole, Text, Usage
from goose_agent.providers.cost import cost_of
from goose_agent.providers.model import ConnectedModel, ModelRequest
from goose_agent.sessions.log import SessionLog

__all__ = ["ServerRequests"]

_PATIENCE = 300.0
"""Seconds that a model has to answer a server."""
_CHARACTERS = 8
"""Characters of an answer for each token that it may have, at most."""
_REFUSED = "The person does not allow it."
_SPENT = "The session's budget is used up."


class ServerRequests:
    """Answers servers for the session.

    Args:
        log: the session's record.
        desk: where to ask the person.
        seats: know the models.
        bench: knows folders, and masks secrets.
        secrets: those of these names that are kept. Blocks.
        may_cost: whether anything beside the conversation may still be asked of a model.
    """

    def __init__(
        self,
        log: SessionLog,
        desk: Desk,
        seats: Seats,
        bench: Bench,
        secrets: Callable[[Sequence[str]], Mapping[str, str]],
        may_cost: Callable[[], bool],
    ) -> None:
        self._log = log
        self._desk = desk
        self._seats = seats
        self._bench = bench
        self._may_cost = may_cost
        self._allowed: set[str] = set()
        """Servers that may have models answer for the rest of the session."""
        self.secrets = secrets

    def roots(self) -> Sequence[str]:
        """The folders that the session works in."""
        return [str(root) for root in self._bench.workspace.roots]

    def new_id(self, kind: str) -> str:
        """A name that nothing else has."""
        return self._log.world.ids.new(kind)

    async def elicit(self, request: Elicitation) -> ElicitationAnswer:
        """Ask the person what a server wants to know."""
        return answer_as(ElicitationAnswer, await self._desk.ask(request, lasting=False))

    async def sign_in(self, server: str, url: str) -> str:
        """Let the person sign in."""
        request = SignIn(self.new_id("exchange"), server, url)
        return answer_as(SignInAnswer, await self._desk.ask(request, lasting=False)).address

    async def sample(self, request: SampleRequest) -> Sampled | str:
        """Let a model answer, if the person allows it; else why not."""
        if not self._may_cost():
            return _SPENT
        role: ModelRole = "fast" if request.small else "main"
        try:
            model = await self._seats.of(role)
        except GooseError as error:
            return f"No model can be had: {error.message}"
        if request.server not in self._allowed:
            answer = await self._desk.ask(self._subject(request, model), lasting=False)
            choice = answer_as(SamplingAnswer, answer).choice
            if choice == "deny":
                return _REFUSED
            if choice == "session":
                self._allowed.add(request.server)
        messages = tuple(Message(each.role, (Text(each.text),)) for each in request.messages)
        question = AsideQuestion(
            "sampling",
            role,
            ModelRequest(request.system, messages, effort="off"),
            request.most * _CHARACTERS,
            self._bench.redactor.text,
            patience=_PATIENCE,
        )
        said = await ask_aside(self._log, model, question)
        if said.problem:
            return f"The model did not answer: {said.problem}"
        text = self._bench.redactor.text(said.text)
        return Sampled(text, model.info.name, "maxTokens" if said.stop == "length" else "endTurn")

    def _subject(self, request: SampleRequest, model: ConnectedModel) -> Sampling:
        size = len(request.system.encode()) + sum(len(m.text.encode()) for m in request.messages)
        tokens = estimate_tokens(size, FIRST_RATIO)
        cost = cost_of(Usage(input_tokens=tokens, output_tokens=request.most), model.info)
        return Sampling(
            self.new_id("exchange"),
            request.server,
            model.info.name,
            request.messages,
            request.system,
            tokens,
            request.most,
            cost,
        )

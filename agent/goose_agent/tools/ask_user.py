"""The extension with which the model asks the person."""

from __future__ import annotations

from goose_agent.tools.tool import CallContext, Extension, ToolFailure, tool

__all__ = ["AskUser"]


class AskUser(Extension):
    """Puts questions to the person and waits for the answer."""

    name = "ask_user"

    @tool(effect="session", summary="question")
    async def ask_user(
        self,
        call: CallContext,
        question: str,
        choices: tuple[str, ...] = (),
        free_text: bool = True,
    ) -> str:
        """Ask the person a question and wait. Only for what you cannot find out yourself.

        Args:
            call: The running call.
            question: The question.
            choices: Answers to choose from.
            free_text: Whether another answer than the choices is possible.
        """
        if not question.strip():
            raise ToolFailure("The question is empty.")
        offered = tuple(choice for choice in choices if choice.strip())
        # Without choices there must be another way to answer.
        answer = await call.ask(question, offered, free_text or not offered)
        if answer.declined:
            return (
                "The person did not answer. Go on as you think best, or stop and say what is open."
            )
        return answer.text

"""Which extensions a session has, of those that come with the program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from goose_agent.extensions.analyze.extension import Analyze
from goose_agent.extensions.analyze.symbols import is_installed
from goose_agent.extensions.fetch.extension import Fetch
from goose_agent.extensions.host import ExtensionHost
from goose_agent.extensions.memory.extension import Memory
from goose_agent.extensions.past_sessions import PastSessions
from goose_agent.extensions.skills import Skills
from goose_agent.tools.after_edit import Check
from goose_agent.tools.ask_user import AskUser
from goose_agent.tools.developer import Developer
from goose_agent.tools.plan import Plan
from goose_agent.tools.recall import Recall
from goose_agent.tools.subagents import Subagents
from goose_agent.tools.tool import Extension

__all__ = ["BUILT_IN", "own_extensions"]

BUILT_IN: Mapping[str, Callable[[ExtensionHost], Extension]] = {
    "developer": lambda host: Developer(
        checks=[Check(files, command) for files, command in host.settings.after_edit]
    ),
    "plan": lambda _: Plan(),
    "ask_user": lambda _: AskUser(),
    "recall": lambda _: Recall(),
    "subagents": lambda _: Subagents(),
    "skills": Skills,
    "fetch": Fetch,
    "memory": Memory,
    "sessions": PastSessions,
    "analyze": lambda _: Analyze(),
}
"""How each is made, in the order in which a model reads of them."""
_ALWAYS = frozenset({"ask_user", "recall"})
"""What a session cannot do without: to ask, and to read again what was cut."""


def own_extensions(host: ExtensionHost) -> Iterable[Extension]:
    """Fresh ones for one session, as the settings want them."""
    settings = host.settings
    for name, make in BUILT_IN.items():
        chosen = settings.extensions is None or name in settings.extensions
        if name == "analyze" and not is_installed():
            continue
        if name in _ALWAYS or (chosen and name not in settings.extensions_off):
            yield make(host)

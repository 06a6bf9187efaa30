"""What a session is opened with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from goose_agent.config.amounts import Switch
from goose_agent.config.compaction import CompactionSettings
from goose_agent.config.model_roles import Lead
from goose_agent.config.settings import Judging, TokenCounting
from goose_agent.context.summary import TEMPLATE
from goose_agent.events import FolderTrust, Mode
from goose_agent.hints.places import HintPlaces
from goose_agent.loop.budget import Limits
from goose_agent.mcp.servers import Ground
from goose_agent.messages import Effort, ModelRole

__all__ = ["SessionPlan"]


class SessionPlan(Struct, frozen=True):
    """What a session is opened with.

    Args:
        folder: the working folder, absolute.
        roots: all folders it may work in, `folder` first.
        model: `provider/model`.
        mode: the permission mode.
        hints: where hint files may be.
        max_turns: most model calls in one turn.
        models: those of other roles, `provider/model` each.
        lead: how another model leads; None for not at all.
        judge: who says in mode smart whether a call only reads that nothing surer is known of.
        titles: whether a model names the session; `auto` where a fast one is there for small things.
        effort: how hard the model is to think; None leaves it to the provider.
        token_counting: who counts the tokens of a request before its model reports them.
        limits: what the whole session may cost.
        run_limits: what it may cost from its opening on; each takes the place of the session's.
        extra_prompt: further instructions for the system prompt.
        stepping: whether to pause before each step.
        version: of this program, for the record.
        platform: the operating system, in a word or two.
        git_branch: of the working folder; empty where there is none.
        opened_in: the folder the person is in, where that is another.
        warnings: what a person should know first, such as odd settings.
        trust: how the person stands to the folder's own files; None where nobody looked.
        compaction: when and how the conversation is made smaller.
        summary_template: what a summary of it is asked to be.
        detach: seconds for which calls that run may go on after a hang-up; 0 for not at all.
        attended: whether a person looks on.
        servers: what the servers of the session are made from; None for no servers.
        agent_folders: the person's own folders that may hold agent files, absolute.
        chosen: which of profile, model, mode and effort a person named just now: only these change a resumed session.
    """

    folder: Path
    roots: tuple[Path, ...]
    model: str
    mode: Mode
    hints: HintPlaces
    models: Mapping[ModelRole, str] = field(default_factory=dict)
    lead: Lead | None = None
    titles: Switch = "auto"
    judge: Judging = "off"
    max_turns: int = 1000
    effort: Effort | None = None
    token_counting: TokenCounting = "auto"
    limits: Limits = field(default_factory=Limits)
    run_limits: Limits = field(default_factory=Limits)
    extra_prompt: str = ""
    stepping: bool = False
    version: str = ""
    platform: str = ""
    git_branch: str = ""
    opened_in: str = ""
    warnings: tuple[str, ...] = ()
    trust: FolderTrust | None = None
    compaction: CompactionSettings = CompactionSettings()
    summary_template: str = TEMPLATE
    detach: float = 0.0
    attended: bool = True
    servers: Ground | None = None
    agent_folders: tuple[Path, ...] = ()
    chosen: frozenset[str] = field(default_factory=frozenset)

"""What a session is opened with, from settings, files and what a face asked for."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread
from msgspec import Struct, field

from goose_agent.clock import World
from goose_agent.config.compaction import unattended
from goose_agent.config.keyring_store import KeyringStore
from goose_agent.config.model_roles import full_name
from goose_agent.config.places import Places
from goose_agent.config.secrets import Secrets
from goose_agent.config.settings import LoadedSettings, Settings, load_settings
from goose_agent.context.summary import read_template
from goose_agent.errors import UsageError
from goose_agent.extensions.choosing import own_extensions
from goose_agent.extensions.host import ExtensionHost
from goose_agent.extensions.third_party import Loaded, load_third_party
from goose_agent.hints.places import HintPlaces
from goose_agent.loop.bench import Bench
from goose_agent.loop.branch import git_branch
from goose_agent.loop.budget import Limits
from goose_agent.loop.overflow import Compactor
from goose_agent.loop.seats import Connect
from goose_agent.loop.server_ground import ServerGround
from goose_agent.loop.session_plan import SessionPlan
from goose_agent.mcp.servers import Ground
from goose_agent.model_access import ModelAccess
from goose_agent.permissions.folder_files import AGENTS
from goose_agent.permissions.guard import Guard
from goose_agent.permissions.rules.line import parse_allowed
from goose_agent.permissions.rules.rule import Rule
from goose_agent.permissions.trust import TrustStore
from goose_agent.providers.connect import ConnectedModel
from goose_agent.redaction import Redactor
from goose_agent.tools.environment import child_environment
from goose_agent.tools.registry import Registry
from goose_agent.tools.tool import Extension, Workspace
from goose_agent.wire import (
    Open,
)

if TYPE_CHECKING:
    pass

__all__ = ["Options", "Preparation", "resumes", "told_to_models"]


class Options(Struct, frozen=True):
    """What an engine is made with.

    Args:
        version: of the program, for the record.
        places: where files are kept.
        connect: makes a model by its name and the environment.
        extensions: makes those of one session, and imports nothing for it.
        third_party: imports those of others, given the names that are taken; runs in a thread.
        compact: makes a conversation smaller that has outgrown its model; None for the usual.
    """

    version: str
    places: Places
    connect: Callable[[str, World], ConnectedModel] = field(
        default=lambda name, world: ModelAccess(Places.of(world.environ), world.environ).connect(
            name
        )
    )
    extensions: Callable[[ExtensionHost], Iterable[Extension]] = own_extensions
    third_party: Callable[[ExtensionHost, Iterable[str]], Loaded] = load_third_party
    compact: Compactor | None = None


class Preparation:
    """Gathers what sessions need; reads files anew each time.

    Args:
        options: what the engine is made with.
        world: clock, ids, environment.
        redactor: learns the secrets that are met.
        further: what else a person should know first.
    """

    def __init__(
        self,
        options: Options,
        world: World,
        redactor: Redactor,
        further: Callable[[], tuple[str, ...]],
    ) -> None:
        self._options = options
        self._world = world
        self._redactor = redactor
        self._further = further
        self._keyring = KeyringStore()

    def settings(self, word: Open, folder: Path) -> LoadedSettings:
        """What holds in a folder, with what was said on the way. Blocks.

        Raises:
            GooseError: there is no such folder, or a setting is wrong.
        """
        if not folder.is_dir():
            raise UsageError(f"There is no folder {folder}.", "Give another with -C.")
        flags = {"model": word.model or None, "mode": word.mode, "max_turns": word.max_turns}
        flags |= {"effort": word.effort, "profile": word.profile or None}
        if not word.titles:
            flags["titles"] = "off"
        return load_settings(self._options.places.settings, folder, self._world.environ, flags)

    async def plan(
        self, word: Open, folder: Path, roots: tuple[Path, ...], loaded: LoadedSettings
    ) -> SessionPlan:
        """What a session is opened with."""
        settings = loaded.settings
        model = settings.model
        if not model and not resumes(word):
            model = await self._access().find_default()
        added = await to_thread.run_sync(_existing, (*word.add_dirs, *settings.add_dirs))
        named = {
            "profile": word.profile,
            "model": word.model,
            "mode": word.mode,
            "effort": word.effort,
        }
        store = TrustStore(self._options.places.data / "trust.json")
        roots = tuple(dict.fromkeys((folder, *roots, *added)))
        compaction = settings.compaction if word.attended else unattended(settings.compaction)
        template, odd = await to_thread.run_sync(
            read_template, self._options.places.config / "prompts" / "compaction.md"
        )
        return SessionPlan(
            trust=await to_thread.run_sync(store.look, folder),
            folder=folder,
            roots=roots,
            model=model,
            mode=settings.mode,
            hints=await to_thread.run_sync(self._hint_places, settings, folder, roots),
            models={
                role: name if "/" in name else full_name(model.partition("/")[0], name)
                for role, name in (settings.models if word.models is None else word.models).items()
            },
            lead=settings.lead,
            titles=settings.titles,
            judge=settings.judge,
            max_turns=settings.max_turns,
            effort=settings.effort,
            token_counting=settings.token_counting,
            limits=Limits(settings.max_cost, settings.max_tokens, settings.max_time),
            run_limits=Limits(word.max_cost, word.max_tokens, word.max_time),
            extra_prompt=word.extra_prompt,
            stepping=word.stepping,
            version=self._options.version,
            platform=platform.platform(terse=True),
            git_branch=await git_branch(folder),
            opened_in=word.opened_in,
            warnings=(*await self._warnings(word, loaded), *filter(None, (odd,))),
            compaction=compaction,
            summary_template=template,
            detach=settings.detach,
            attended=word.attended,
            agent_folders=self._agent_folders(),
            chosen=frozenset(name for name, value in named.items() if value),
        )

    async def ground(self, plan: SessionPlan, bench: Bench) -> Ground:
        """What its servers are made from."""
        ground = ServerGround(
            self._options.places,
            self._world.environ,
            Secrets(self._options.places.secrets, self._world.environ, self._keyring),
            self._redactor,
            plan.folder,
            self._access().shelf.key_variables,
        )
        return await to_thread.run_sync(ground.made, bench.environ)

    async def bench(self, plan: SessionPlan, settings: Settings, allow: Iterable[str]) -> Bench:
        """What its calls run with."""
        host = ExtensionHost(
            self._options.places,
            plan.folder,
            plan.roots,
            TrustStore(self._options.places.data / "trust.json"),
            self._world.environ,
            settings,
        )
        registry = Registry(self._options.extensions(host))
        tools = [tool.name for tool in registry]
        allowed = tuple(parse_allowed(text, tools) for text in allow)
        access = self._access()
        secrets = await to_thread.run_sync(access.own_secrets, self._world.environ)
        self._redactor.learn(secrets)
        withheld = (*secrets, *access.shelf.key_variables)
        guard = await to_thread.run_sync(self._guard, plan, allowed)
        return Bench(
            registry,
            Workspace(plan.folder, plan.roots, guard.hides),
            child_environment(self._world.environ, settings.pass_env, withheld),
            self._redactor,
            guard,
            host=host,
            roles=settings.extension_roles,
            late=partial(self._options.third_party, host),
        )

    async def connect(self, told: Mapping[str, str], name: str) -> ConnectedModel:
        """The model of this name, with a stored key where the environment has none.

        Args:
            told: what is set for models, as variables.
            name: `provider/model`.
        """
        access = self._access()
        environ = await to_thread.run_sync(access.environ_for, name)
        self._redactor.learn(await to_thread.run_sync(access.own_secrets, environ))
        return self._options.connect(name, replace(self._world, environ={**environ, **told}))

    async def connector(
        self, word: Open, told: Mapping[str, str], folder: Path
    ) -> tuple[Connect, str]:
        """What makes the models of a session, and which is the main one where none is named.

        Args:
            word: says whether answers are recorded, or come from a record.
            told: what is set for models, as variables.
            folder: the working folder.

        Raises:
            GooseError: that file cannot be made or read.
        """
        connect = partial(self.connect, told)
        if not (word.record or word.replay):
            return connect, ""
        from goose_agent.providers.cassette.canonical import Folders
        from goose_agent.providers.cassette.connecting import recording, replaying

        environ, edit = self._world.environ, self._redactor.text
        further = [Path(name) for name in word.add_dirs]
        folders = Folders(folder, further, environ.get("HOME", ""))
        if word.replay:
            return await replaying(Path(word.replay), edit, folders, environ)
        program = f"goose-tui {self._options.version}"
        return await recording(connect, Path(word.record), program, edit, folders), ""

    async def fast_of(self, name: str) -> str:
        """What the provider of a model has for small things; empty for none."""
        return await to_thread.run_sync(self._access().fast_model, name)

    async def _warnings(self, word: Open, loaded: LoadedSettings) -> tuple[str, ...]:
        """What a person should know before anything else."""
        odd = await to_thread.run_sync(self._odd_definitions)
        kept = f"The last raw requests are kept in {self._options.places.requests} (--debug)."
        return (
            *loaded.warnings,
            *_leaderless(loaded.settings),
            *odd,
            *self._further(),
            *((kept,) if word.debug else ()),
        )

    def _odd_definitions(self) -> tuple[str, ...]:
        """What is wrong with definitions of providers that nobody asked for just now."""
        shelf = self._access().shelf
        return (*shelf.warnings, *map(str, shelf.problems))

    def _hint_places(self, settings: Settings, folder: Path, roots: tuple[Path, ...]) -> HintPlaces:
        """Where hint files of a session may be. Blocks."""
        home = self._world.environ.get("HOME", "")
        own, names = self._options.places.hints, settings.context_file_names
        return HintPlaces(names, own, folder, roots, home)

    def _agent_folders(self) -> tuple[Path, ...]:
        """The person's own folders that may hold agent files."""
        home = self._world.environ.get("HOME", "")
        own = [Path(home, folder) for folder in AGENTS] if home else []
        return (self._options.places.config / "agents", *own)

    def _guard(self, plan: SessionPlan, allowed: Sequence[Rule]) -> Guard:
        """What decides about calls of a session. Blocks."""
        places, home = self._options.places, self._world.environ.get("HOME", "")
        return Guard(places.config, places.data, plan.roots, home, places.goose, allowed)

    def _access(self) -> ModelAccess:
        """Read anew each time: a person may have added a provider or a key meanwhile."""
        return ModelAccess(self._options.places, self._world.environ, self._keyring)


def _leaderless(settings: Settings) -> tuple[str, ...]:
    """What is odd about a lead that nobody is named for."""
    if settings.lead is None or settings.models.keys() & {"lead", "planning"}:
        return ()
    return ("A lead is set, but no model for it: name one as lead or planning among the models.",)


def told_to_models(settings: Settings) -> Mapping[str, str]:
    """What is set for models, as the variables of the same meaning."""
    told: dict[str, str] = {"GOOSE_TOOLSHIM": settings.tool_shim, "GOOSE_TUI_LEAN": settings.lean}
    if settings.stream_timeout is not None:
        told["GOOSE_STREAM_TIMEOUT"] = str(settings.stream_timeout)
    return told


def _existing(names: Iterable[str]) -> list[Path]:
    """Further folders, absolute."""
    folders = [Path(name).expanduser().resolve() for name in names]
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"There is no folder {folder}.", "Check --add-dir and add_dirs.")
    return folders


def resumes(word: Open) -> bool:
    """Whether a session of the past is meant."""
    return bool(word.resume or word.continue_last)

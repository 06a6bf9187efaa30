"""Servers of the Model Context Protocol as people write them down: `extensions:` as Goose has it.

They stand in Goose's own `config.yaml`, in the user's `config.yaml`, and in `extensions.yaml`, which
this program writes itself. Of an entry in several of them each key counts where it stands last.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from msgspec import Struct, field

from goose_agent.config.source import Source, read_source
from goose_agent.errors import ConfigError, UsageError
from goose_agent.evolve import evolve
from goose_agent.private_file import locked, write_whole

__all__ = [
    "FORBIDDEN",
    "PROJECT_FILE",
    "LoadedServers",
    "ServerSpec",
    "ServerStore",
    "Transport",
    "fill",
    "project_servers",
    "read_server",
    "references",
]

PROJECT_FILE = ".mcp.json"
"""Where a folder names servers of its own."""
DEFAULT_TIMEOUT = 300.0
_LONGEST_TIMEOUT = 24 * 3600.0

Transport = Literal["stdio", "streamable_http", "sse"]
_TRANSPORTS: tuple[Transport, ...] = ("stdio", "streamable_http", "sse")
_SWITCHES = frozenset({"enabled", "available_tools"})
_NOT_OURS = ("builtin", "platform")
"""Kinds of extensions that are no servers."""
_KEYS = frozenset(
    """
    name type display_name description enabled bundled timeout cmd args envs env_keys cwd uri
    headers available_tools client_id client_secret_key scopes socket
    """.split()  # noqa: SIM905 # names read better as words than as literals
)
_NAME = re.compile(r"[A-Za-z0-9][\w .:@-]{0,63}\Z", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_BRACED = r"\$\{(\w+)(?::-([^}]*))?\}"
_REFERENCE = re.compile(rf"{_BRACED}|\$(\w+)", re.ASCII)
_BRACED_ONLY = re.compile(rf"{_BRACED}|(?!)()", re.ASCII)
"""A word of a command may well have a dollar of its own."""

_SECRET_IN_URL = re.compile(r"(//)[^/@\s]*(?=@)|((?:[?&])[^=&#\s]+=)[^&#\s]+")
_SECRET_IN_WORDS = re.compile(
    r"((?:[\w-]*(?:token|key|secret|passw(?:or)?d|auth)[\w-]*)(?:=|\s+))[^\s-][^\s]*", re.IGNORECASE
)

FORBIDDEN = frozenset(
    """
    PATH PATHEXT LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT DYLD_INSERT_LIBRARIES DYLD_LIBRARY_PATH
    DYLD_FRAMEWORK_PATH PYTHONPATH PYTHONHOME PYTHONSTARTUP NODE_OPTIONS NODE_PATH RUBYOPT RUBYLIB
    PERL5OPT PERL5LIB BASH_ENV ENV ZDOTDIR CLASSPATH JAVA_TOOL_OPTIONS GIT_SSH GIT_SSH_COMMAND
    GIT_EXEC_PATH IFS SHELLOPTS COMSPEC
    """.split()  # noqa: SIM905 # names read better as words than as literals
)
"""Variables that decide which program runs: no entry sets them."""


class ServerSpec(Struct, frozen=True):
    """A server and how to reach it."""

    name: str
    transport: Transport
    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    env_keys: tuple[str, ...] = ()
    """Variables whose values are secrets that are kept elsewhere."""
    cwd: str = ""
    """Where it runs; empty for the home folder."""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Their values may name variables: `$NAME` or `${NAME}`."""
    timeout: float = DEFAULT_TIMEOUT
    """Seconds for its start, and for each request."""
    available_tools: tuple[str, ...] = ()
    """Its tools that the model has; empty for all."""
    enabled: bool = True
    description: str = ""
    client_id: str = ""
    """Of OAuth, where it was registered by hand."""
    client_secret_key: str = ""
    scopes: tuple[str, ...] = ()
    source: str = ""
    """The file it stands in, for people."""
    project: bool = False
    """Whether the folder brings it, not the person."""
    written: str = ""
    """How it is reached as it was written, where variables have been put in since."""

    @property
    def shown(self) -> str:
        """How it is reached, in a line, without what looks like a secret."""
        if self.written:
            return self.written
        if self.url:
            return _SECRET_IN_URL.sub(lambda found: f"{found[1] or found[2]}…", self.url)
        return _SECRET_IN_WORDS.sub(r"\1…", " ".join((self.command, *self.args)))

    @property
    def identity(self) -> str:
        """What is behind its name: another program or address is another one."""
        plain = json.dumps([self.transport, self.command, self.args, self.url])
        return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()

    def offers(self, tool: str) -> bool:
        """Whether the model has a tool of it."""
        return not self.available_tools or tool in self.available_tools


class LoadedServers(Struct, frozen=True):
    """Servers, and what was odd about the files."""

    servers: tuple[ServerSpec, ...] = ()
    warnings: tuple[str, ...] = ()
    switches: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What is said of servers that stand elsewhere: whether each is on, and which tools are."""


class ServerStore:
    """The servers of one user. Blocks: call it in a thread.

    Args:
        own: `extensions.yaml`, which is written.
        settings: the user's settings, and Goose's before them; only read.
    """

    def __init__(self, own: Path, settings: Sequence[Path]) -> None:
        self._own = own
        self._files = (*settings, own)

    def load(self) -> LoadedServers:
        """All servers; what cannot be understood is left out and told."""
        warnings: list[str] = []
        entries: dict[str, dict[str, Any]] = {}
        places: dict[str, tuple[Source, str]] = {}
        for path in self._files:
            try:
                source = read_source(path, warnings)
                found = _entries(source)
            except ConfigError as error:
                warnings.append(str(error))
                continue
            for name, entry in found.items():
                assert source is not None
                entries[name] = {**entries.get(name, {}), **entry}
                if name not in places or "type" in entry:
                    places[name] = source, str(path)
        servers = []
        switches: dict[str, Mapping[str, Any]] = {}
        for name, entry in entries.items():
            source, path_name = places[name]
            if entry.get("type", "stdio") in _NOT_OURS:
                continue
            if not entry.keys() - _SWITCHES:
                switches[name] = entry
                continue
            try:
                servers.append(read_server(name, entry, path_name))
            except UsageError as error:
                warnings.append(f"{source.where('extensions', name)}: {error.message}")
                continue
            for key in entry.keys() - _KEYS:
                source.unknown(_KEYS, "extensions", name, key)
        return LoadedServers(tuple(servers), tuple(warnings), switches)

    def change(self, name: str, **values: object) -> None:
        """Let keys of an entry be these from now on.

        Args:
            name: of the server.
            values: as they stand in the file; None takes one away.

        Raises:
            ConfigError: the file cannot be changed.
        """

        def changed(entries: dict[str, dict[str, Any]]) -> None:
            entry = {**entries.get(name, {}), **values}
            entries[name] = {key: value for key, value in entry.items() if value is not None}

        self._edit(changed)

    def add(self, name: str, entry: Mapping[str, Any]) -> ServerSpec:
        """Keep a new server.

        Raises:
            UsageError: it is not understood, or one of that name is there.
            ConfigError: the file cannot be changed.
        """
        spec = read_server(name, entry, str(self._own))
        if any(known.name == name for known in self.load().servers):
            raise UsageError(
                f"There is a server {name} already.", "Remove it first, or name this one otherwise."
            )
        self._edit(lambda entries: entries.update({name: dict(entry)}))
        return spec

    def remove(self, name: str) -> bool:
        """Forget a server that this program wrote down; tells whether it did.

        Raises:
            ConfigError: a file cannot be read, or not be changed.
        """
        if any(name in _entries(read_source(path, [])) for path in self._files[:-1]):
            return False
        gone = []

        def changed(entries: dict[str, dict[str, Any]]) -> None:
            if entries.pop(name, None) is not None:
                gone.append(name)

        self._edit(changed)
        return bool(gone)

    def _edit(self, change: Callable[[dict[str, dict[str, Any]]], object]) -> None:
        import yaml  # only where something is changed

        try:
            with locked(self._own):
                entries = _entries(read_source(self._own, []))
                change(entries)
                text = yaml.safe_dump({"extensions": entries}, sort_keys=False, allow_unicode=True)
                write_whole(self._own, text.encode())
        except OSError as error:
            raise ConfigError(f"{self._own} cannot be written: {error}.") from error


def _entries(source: Source | None) -> dict[str, dict[str, Any]]:
    found = source.values.get("extensions") if source is not None else None
    if source is None or found is None:
        return {}
    if not isinstance(found, dict):
        raise ConfigError(f"{source.where('extensions')} must map names to extensions.")
    entries = {}
    for name, entry in found.items():
        if not isinstance(entry, dict):
            raise ConfigError(f"{source.where('extensions', name)} must map names to values.")
        entries[str(name)] = {str(key): value for key, value in entry.items()}
    return entries


def read_server(name: str, entry: Mapping[str, Any], source: str) -> ServerSpec:
    """One entry as Goose writes it.

    Raises:
        UsageError: something in it is wrong, in a sentence.
    """
    if not _NAME.match(name):
        raise UsageError(f"{name!r} cannot be the name of a server.")
    kind = entry.get("type", "streamable_http" if entry.get("uri") else "stdio")
    if kind not in _TRANSPORTS:
        raise UsageError(f"type {kind!r} is none of {', '.join(_TRANSPORTS)}.")
    if entry.get("socket"):
        raise UsageError("`socket` is not supported.")
    spec = ServerSpec(
        name,
        kind,
        command=_text(entry, "cmd"),
        args=_texts(entry, "args"),
        env=_pairs(entry, "envs"),
        env_keys=_texts(entry, "env_keys"),
        cwd=_text(entry, "cwd"),
        url=_text(entry, "uri"),
        headers=_pairs(entry, "headers"),
        timeout=_seconds(entry),
        available_tools=_texts(entry, "available_tools"),
        enabled=bool(entry.get("enabled", True)),
        description=_text(entry, "description"),
        client_id=_text(entry, "client_id"),
        client_secret_key=_text(entry, "client_secret_key"),
        scopes=_texts(entry, "scopes"),
        source=source,
    )
    return _checked(spec)


def _checked(spec: ServerSpec) -> ServerSpec:
    if spec.transport == "stdio":
        if not spec.command:
            raise UsageError("`cmd` is missing: the program to start.")
        if "/" in spec.command and not spec.command.startswith(("/", "~/")) and not spec.project:
            raise UsageError(f"cmd {spec.command!r} must be a name or an absolute path.")
        if any("\0" in word for word in (spec.command, *spec.args)):
            raise UsageError("`cmd` and `args` must not contain a NUL character.")
    elif not spec.url.startswith(("https://", "http://")):
        raise UsageError("`uri` must begin with https:// or http://.")
    for variable in (*spec.env, *spec.env_keys):
        if not _VARIABLE.match(variable):
            raise UsageError(f"{variable!r} is no name of a variable.")
        if variable.upper() in FORBIDDEN:
            raise UsageError(f"{variable} decides which program runs, and is set by no extension.")
    return spec


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UsageError(f"`{key}` must be text.")
    return value


def _texts(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = entry.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(v, str | int | float) for v in value):
        raise UsageError(f"`{key}` must be a list of texts.")
    return tuple(map(str, value))


def _pairs(entry: Mapping[str, Any], key: str) -> dict[str, str]:
    value = entry.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UsageError(f"`{key}` must map names to texts.")
    return {str(name): str(text) for name, text in value.items()}


def _seconds(entry: Mapping[str, Any]) -> float:
    value = entry.get("timeout")
    if value is None:
        return DEFAULT_TIMEOUT
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise UsageError("`timeout` must be a number of seconds above 0.")
    return min(float(value), _LONGEST_TIMEOUT)


def project_servers(
    content: bytes,
    folder: str,
    environ: Mapping[str, str],
    taken: Collection[str] = (),
    switches: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> LoadedServers:
    """The servers of a folder's `.mcp.json`, which the person trusts as it is.

    Args:
        content: of the file.
        folder: where they run, absolute.
        environ: what `${NAME}` and `${NAME:-otherwise}` stand for.
        taken: names that the person's own servers have: these count.
        switches: what the person said of them.
    """
    try:
        entries = json.loads(content)["mcpServers"].items()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return LoadedServers((), (f"{PROJECT_FILE} has no `mcpServers` that can be read.",))
    servers, warnings = [], []
    for name, entry in entries:
        if name in taken:
            warnings.append(f"{PROJECT_FILE}: {name} is left out: you have one of that name.")
            continue
        try:
            server = _project_server(name, entry, folder, environ)
            said = switches.get(name, {})
            on, tools = bool(said.get("enabled", True)), _texts(said, "available_tools")
            servers.append(evolve(server, enabled=on, available_tools=tools))
        except UsageError as error:
            warnings.append(f"{PROJECT_FILE}: {name}: {error.message}")
    return LoadedServers(tuple(servers), tuple(warnings))


def _project_server(
    name: str, entry: object, folder: str, environ: Mapping[str, str]
) -> ServerSpec:
    if not isinstance(entry, dict) or not _NAME.match(name):
        raise UsageError("it cannot be read.")
    kind = entry.get("type", "http" if entry.get("url") else "stdio")
    kinds: dict[object, Transport] = {
        "stdio": "stdio",
        "http": "streamable_http",
        "streamable-http": "streamable_http",
        "sse": "sse",
    }
    if kind not in kinds:
        raise UsageError(f"type {kind!r} is none of {', '.join(map(str, kinds))}.")

    def filled(text: str) -> str:
        return fill(text, environ, braced=True)

    return _checked(
        ServerSpec(
            name,
            kinds[kind],
            command=filled(_text(entry, "command")),
            args=tuple(map(filled, _texts(entry, "args"))),
            env={key: filled(value) for key, value in _pairs(entry, "env").items()},
            cwd=folder,
            url=filled(_text(entry, "url")),
            headers={key: filled(value) for key, value in _pairs(entry, "headers").items()},
            source=PROJECT_FILE,
            project=True,
            written=_text(entry, "url")
            or " ".join((_text(entry, "command"), *_texts(entry, "args"))),
        )
    )


def references(text: str) -> tuple[str, ...]:
    """The variables that a text names."""
    return tuple(found[1] or found[3] for found in _REFERENCE.finditer(text))


def fill(text: str, values: Mapping[str, str], *, braced: bool = False) -> str:
    """A text with the variables that it names, by `$NAME`, `${NAME}` or `${NAME:-otherwise}`.

    Args:
        text: any text.
        values: of variables.
        braced: whether `$NAME` is left as it is.

    Raises:
        UsageError: one that it names is not set.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[3]
        known = values.get(name) or found[2]
        if known is None:
            raise UsageError(f"the variable {name} is not set.")
        return known

    return (_BRACED_ONLY if braced else _REFERENCE).sub(value, text)

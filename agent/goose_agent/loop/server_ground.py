"""What the servers of a session are made from: the person's files, the folder's, and secrets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from goose_agent.config.places import Places
from goose_agent.config.secrets import SecretPlace, Secrets
from goose_agent.config.servers import LoadedServers, ServerStore, project_servers
from goose_agent.errors import ConfigError
from goose_agent.mcp.names import slug
from goose_agent.mcp.pin_store import PinStore
from goose_agent.mcp.servers import Ground
from goose_agent.permissions.trust import SERVERS, TrustStore
from goose_agent.private_file import read_small
from goose_agent.redaction import Redactor

__all__ = ["ServerGround"]

_LARGEST = 512 * 1024


class ServerGround:
    """Knows where all of that is. Blocks: call it in a thread.

    Args:
        places: where files are kept.
        environ: our own environment.
        secrets: of the person.
        redactor: learns those that are used.
        folder: the working folder.
        withheld: variables that no file of the folder gets to see: our providers' keys.
    """

    def __init__(
        self,
        places: Places,
        environ: Mapping[str, str],
        secrets: Secrets,
        redactor: Redactor,
        folder: Path,
        withheld: Collection[str] = (),
    ) -> None:
        self._places = places
        self._environ = environ
        self._shown = {name: value for name, value in environ.items() if name not in withheld}
        self._secrets = secrets
        self._redactor = redactor
        self._folder = folder
        self._store = ServerStore(places.extensions, places.extension_files)

    def made(self, child: Mapping[str, str]) -> Ground:
        """All of it.

        Args:
            child: the environment for programs: an allow-list.
        """
        return Ground(
            self.load,
            lambda name, values: self._store.change(name, **values),
            self._store.add,
            self._store.remove,
            self.find,
            child,
            self._environ.get("HOME") or "/",
            PinStore(self._places.data / "extension_tools.json"),
            _Tokens(self._secrets, self._redactor),
        )

    def load(self) -> LoadedServers:
        """The servers there are; those of the folder only as the person trusts them."""
        own = self._store.load()
        found = self._of_folder(own)
        return LoadedServers(
            (*own.servers, *found.servers), tuple(dict.fromkeys((*own.warnings, *found.warnings)))
        )

    def _of_folder(self, own: LoadedServers) -> LoadedServers:
        try:
            content = read_small(self._folder / SERVERS, _LARGEST)
        except OSError:
            return LoadedServers()
        trust = TrustStore(self._places.data / "trust.json")
        if not trust.trusts(self._folder, SERVERS, hashlib.sha256(content).hexdigest()):
            return LoadedServers()
        taken = {server.name for server in own.servers}
        folder = str(self._folder)
        return project_servers(content, folder, self._shown, taken, own.switches)

    def find(self, names: Sequence[str]) -> Mapping[str, str]:
        """Those of these secrets that are kept; they are masked from now on."""
        found: dict[str, str] = {}
        with suppress(ConfigError):
            found = dict(self._secrets.find(names).values)
        self._redactor.learn(found)
        return found


class _Tokens:
    """What came of signing in, among the person's other secrets."""

    def __init__(self, secrets: Secrets, redactor: Redactor) -> None:
        self._secrets = secrets
        self._redactor = redactor

    def load(self, server: str) -> str:
        """What is kept for a server; empty for nothing."""
        name = _variable(server)
        with suppress(ConfigError):
            text = self._secrets.find([name]).values.get(name, "")
            self._mask(text)
            return text
        return ""

    def keep(self, server: str, text: str) -> None:
        """Keep this for a server.

        Raises:
            ConfigError: it cannot be kept.
        """
        self._mask(text)
        place: SecretPlace = "keyring" if self._secrets.keyring.usable() else "file"
        self._secrets.keep(_variable(server), text, place)

    def _mask(self, text: str) -> None:
        """What of it is a secret is masked, wherever it turns up."""
        with suppress(ValueError, AttributeError):
            kept = json.loads(text)
            found = {**(kept.get("tokens") or {}), **(kept.get("client") or {})}
            secret = {name: found[name] for name in _SECRET if isinstance(found.get(name), str)}
            self._redactor.learn(secret)


_SECRET = ("access_token", "refresh_token", "id_token", "client_secret")


def _variable(server: str) -> str:
    return f"MCP_SIGN_IN_{slug(server).upper().replace('-', '_')}"

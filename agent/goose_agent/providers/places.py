"""Where the services are and which keys open them, as the environment says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult, urlsplit

from goose_agent.errors import ConfigError
from goose_agent.providers.service import Service

__all__ = [
    "OLLAMA_ADDRESS",
    "anthropic_service",
    "checked_url",
    "gemini_service",
    "key_of",
    "ollama_service",
    "openai_service",
    "own_secrets",
    "value_of",
]

OLLAMA_ADDRESS = "127.0.0.1:11434"
_OPENAI_URL = "https://api.openai.com/v1"
_ANTHROPIC_URL = "https://api.anthropic.com"
_GEMINI_URL = "https://generativelanguage.googleapis.com/v1beta"
_KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY")
_URLS = ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GEMINI_BASE_URL", "OLLAMA_HOST")
_SHORTEST_SECRET = 8


def value_of(environ: Mapping[str, str], variable: str) -> str:
    """The value of a variable without surrounding blanks; empty where it is not set."""
    return environ.get(variable, "").strip()


def openai_service(environ: Mapping[str, str]) -> Service:
    """OpenAI, or what `OPENAI_BASE_URL` names.

    Raises:
        ConfigError: the key or the address is missing or malformed.
    """
    url = _url(environ, "OPENAI_BASE_URL", _OPENAI_URL)
    key = key_of(environ, "OPENAI_API_KEY", needed=url == _OPENAI_URL)
    host = urlsplit(url).hostname or ""
    return Service(
        name="OpenAI" if host.endswith("openai.com") else host,
        base_url=url,
        headers={"Authorization": f"Bearer {key}"} if key else {},
        secrets=tuple(own_secrets(environ).values()),
        key_variable="OPENAI_API_KEY",
        url_variable="OPENAI_BASE_URL",
    )


def anthropic_service(environ: Mapping[str, str], beta: str = "") -> Service:
    """Anthropic, or what `ANTHROPIC_BASE_URL` names.

    Args:
        environ: the environment.
        beta: features to ask for, as the header wants them; may be empty.

    Raises:
        ConfigError: the key or the address is missing or malformed.
    """
    url = _url(environ, "ANTHROPIC_BASE_URL", _ANTHROPIC_URL).removesuffix("/v1")
    key = key_of(environ, "ANTHROPIC_API_KEY", needed=url == _ANTHROPIC_URL)
    headers = {"anthropic-version": "2023-06-01"}
    if key:
        headers["x-api-key"] = key
    if beta:
        headers["anthropic-beta"] = beta
    host = urlsplit(url).hostname or ""
    return Service(
        name="Anthropic" if host.endswith("anthropic.com") else host,
        base_url=url,
        headers=headers,
        secrets=tuple(own_secrets(environ).values()),
        key_variable="ANTHROPIC_API_KEY",
        url_variable="ANTHROPIC_BASE_URL",
    )


def gemini_service(environ: Mapping[str, str]) -> Service:
    """Google's Gemini API, or what `GEMINI_BASE_URL` names.

    Raises:
        ConfigError: the key or the address is missing or malformed.
    """
    url = _url(environ, "GEMINI_BASE_URL", _GEMINI_URL)
    fallback = value_of(environ, "GOOGLE_API_KEY") and not value_of(environ, "GEMINI_API_KEY")
    variable = "GOOGLE_API_KEY" if fallback else "GEMINI_API_KEY"
    key = key_of(environ, variable, needed=url == _GEMINI_URL)
    host = urlsplit(url).hostname or ""
    return Service(
        name="Gemini" if host.endswith("googleapis.com") else host,
        base_url=url,
        # In the address, where the service takes it too, it would end up in logs.
        headers={"x-goog-api-key": key} if key else {},
        secrets=tuple(own_secrets(environ).values()),
        key_variable=variable,
        url_variable="GEMINI_BASE_URL",
    )


def ollama_service(environ: Mapping[str, str]) -> Service:
    """Ollama on this machine, or where `OLLAMA_HOST` says.

    Raises:
        ConfigError: the address is malformed.
    """
    address = value_of(environ, "OLLAMA_HOST") or OLLAMA_ADDRESS
    if address.startswith(":"):
        address = f"127.0.0.1{address}"
    usual_port = 11434
    if "://" in address:
        usual_port = 443 if address.startswith("https:") else 80
    else:
        address = f"http://{address}"
    parts = checked_url("OLLAMA_HOST", address)
    host = parts.hostname or "127.0.0.1"
    # The server reads the same variable as the address to listen on: all of them means this one.
    if host in {"0.0.0.0", "::"}:
        host = "127.0.0.1"
    user = parts.netloc.rpartition("@")[0]
    port = parts.port or usual_port
    shown = f"[{host}]" if ":" in host else host
    netloc = f"{user}@{shown}:{port}" if user else f"{shown}:{port}"
    return Service(
        name="Ollama",
        base_url=f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}",
        secrets=tuple(own_secrets(environ).values()),
        url_variable="OLLAMA_HOST",
        start_hint="Start it with `ollama serve`, or set OLLAMA_HOST.",
    )


def own_secrets(environ: Mapping[str, str], variables: Iterable[str] = ()) -> dict[str, str]:
    """The secrets of ours that the environment holds, by variable: to be masked wherever shown.

    Placeholders such as `none` are left out: masking those would garble any text.

    Args:
        environ: the environment.
        variables: further ones that hold keys.
    """
    secrets = {variable: value_of(environ, variable) for variable in (*_KEYS, *variables)}
    for variable in _URLS:
        try:
            secrets[variable] = urlsplit(value_of(environ, variable)).password or ""
        except ValueError:
            continue
    return {name: value for name, value in secrets.items() if len(value) >= _SHORTEST_SECRET}


def _url(environ: Mapping[str, str], variable: str, default: str) -> str:
    url = value_of(environ, variable).rstrip("/")
    if not url:
        return default
    checked_url(variable, url)
    return url


def checked_url(what: str, url: str) -> SplitResult:
    """The parts of an address.

    Args:
        what: names it, for the message.
        url: the address.

    Raises:
        ConfigError: it is none.
    """
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname)
        # Reading the port is what checks it.
        _ = parts.port
    except ValueError:
        sound = False
    if not sound or not url.isascii() or not url.isprintable() or " " in url:
        raise ConfigError(
            f"{what} is not a web address.", "Write it as https://host or http://host:port."
        )
    return parts


def key_of(environ: Mapping[str, str], variable: str, *, needed: bool) -> str:
    """The key that a variable holds; empty where it is not set.

    Raises:
        ConfigError: it is needed and not set, or malformed.
    """
    key = value_of(environ, variable)
    if needed and not key:
        raise ConfigError(f"{variable} is not set.", f"Set {variable} to your key.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(
            f"{variable} holds characters that no key has.", "Copy the key again, without quotes."
        )
    return key

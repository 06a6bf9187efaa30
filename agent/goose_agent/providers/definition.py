"""What is known of a provider before it is asked: its engine, where it is, what opens it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from goose_agent.providers.model import ModelInfo

__all__ = ["BUILT_IN", "CREDENTIALS", "PLACE", "Definition", "ListedModel", "Variable"]

PLACE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""A place in an address or a header that a variable fills."""

CREDENTIALS = {"bedrock": "AWS credentials", "vertex": "Google Cloud credentials"}
"""Engines that no key has to open, and what does."""

_SECRET_HEADERS = ("authorization", "cookie", "key", "secret", "token")
"""What is in the names of headers whose values are not for showing."""
_PASSWORD = re.compile(r"(?<=//)([^/@]*)@")


class Variable(Struct, frozen=True):
    """A variable that stands in a definition as `${NAME}`."""

    name: str
    default: str = ""
    required: bool = True
    secret: bool = False
    description: str = ""
    also: tuple[str, ...] = ()
    """Other variables that may hold it."""


class ListedModel(Struct, frozen=True):
    """A model as a definition or the provider's own list names it."""

    info: ModelInfo
    abilities: tuple[str, ...] = ()
    """Of `tools`, `vision`, `thinking`; empty where nothing is said."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A provider, as data."""

    name: str
    """What stands before the slash of `provider/model`."""
    engine: str
    """The wire format it speaks: a key of `engines.ENGINES`."""
    display_name: str
    base_url: str = field(default="", repr=False)
    """May hold `${VARIABLE}`."""
    description: str = ""
    api_key_env: str = ""
    """The variable of the key; empty where there is none."""
    key_fallback: str = ""
    """The variable that counts where that of the key is not set."""
    requires_auth: bool = True
    api_key_header: str = ""
    """The header that carries the bare key; empty for what the engine is used to."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Further headers; values may hold `${VARIABLE}`."""
    variables: tuple[Variable, ...] = ()
    models: tuple[ListedModel, ...] = ()
    """The ones to offer, the first one first."""
    models_url: str = ""
    """Where the list of models is, on the same host; empty for where the engine has it."""
    dynamic_models: bool = True
    """Whether the provider can be asked for its models."""
    timeout_seconds: float | None = None
    """The longest wait for the next part of an answer."""
    supports_streaming: bool = True
    supports_stream_options: bool = True
    """Whether it takes the wish for a count of tokens at the end of a stream."""
    holds_schemas: bool = False
    """Whether it holds an answer to a JSON schema; Ollama always does."""
    preserves_thinking: bool = False
    """Whether it wants the reasoning of answers with calls back."""
    fast_model: str = ""
    """For small tasks; without the provider's name."""
    key_url: str = ""
    """Where a person gets a key."""
    model_doc_link: str = ""
    setup_steps: tuple[str, ...] = ()
    start_hint: str = ""
    """What to do where nothing answers, for servers that a person starts."""
    source: str = ""
    """The file it was read from; empty for one that ships with the program."""

    @property
    def opened_by(self) -> str:
        """What opens it where no key does, in words; empty where only a key can."""
        return CREDENTIALS.get(self.engine, "")

    @property
    def secret_headers(self) -> Mapping[str, str]:
        """The headers whose values are not for showing."""
        words = _SECRET_HEADERS
        return {n: v for n, v in self.headers.items() if any(word in n.lower() for word in words)}

    @property
    def key_variables(self) -> tuple[str, ...]:
        """Every variable that holds something secret."""
        declared = (variable.name for variable in self.variables if variable.secret)
        sent = (name for value in self.secret_headers.values() for name in PLACE.findall(value))
        return tuple(
            dict.fromkeys(filter(None, (self.api_key_env, self.key_fallback, *declared, *sent)))
        )

    @property
    def written_secrets(self) -> tuple[str, ...]:
        """The secrets that stand in the definition itself: a header's value, an address's password."""
        values = [value for value in self.secret_headers.values() if not PLACE.search(value)]
        # With and without the scheme before it.
        found = [each for value in values for each in (value, value.rpartition(" ")[2])]
        user = _PASSWORD.search(self.base_url)
        return (*found, user[1].partition(":")[2]) if user else tuple(found)

    @property
    def shown_address(self) -> str:
        """The address for people: no credentials, its places filled with what they usually hold."""
        shown = _PASSWORD.sub("", self.base_url)
        for variable in self.variables:
            if variable.default and not variable.secret:
                shown = shown.replace(f"${{{variable.name}}}", variable.default)
        return shown

    @property
    def default_model(self) -> str:
        """The model to take where none is named, as `provider/model`; empty for none."""
        return self.models[0].info.name if self.models else ""


BUILT_IN = (
    Definition(
        "anthropic",
        "anthropic",
        "Anthropic",
        "https://api.anthropic.com",
        api_key_env="ANTHROPIC_API_KEY",
        fast_model="claude-haiku-5-5",
        key_url="https://console.anthropic.com/settings/keys",
    ),
    Definition(
        "openai",
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        api_key_env="OPENAI_API_KEY",
        fast_model="gpt-5.4-mini",
        key_url="https://platform.openai.com/api-keys",
    ),
    Definition(
        "gemini",
        "gemini",
        "Google Gemini",
        "https://generativelanguage.googleapis.com/v1beta",
        api_key_env="GEMINI_API_KEY",
        fast_model="gemini-flash-lite-latest",
        key_fallback="GOOGLE_API_KEY",
        key_url="https://aistudio.google.com/apikey",
    ),
    Definition(
        "ollama",
        "ollama",
        "Ollama",
        "http://127.0.0.1:11434",
        requires_auth=False,
        start_hint="Start it with `ollama serve`, or set OLLAMA_HOST.",
    ),
)
"""The providers that `places` knows by heart, since most sessions start with one of them."""

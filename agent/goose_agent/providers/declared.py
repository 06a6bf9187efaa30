"""Providers that a definition describes: from the definition to where it is and what opens it."""

from __future__ import annotations

from collections.abc import Mapping

from goose_agent.errors import ConfigError
from goose_agent.providers.definition import PLACE, Definition
from goose_agent.providers.engines import ENGINES
from goose_agent.providers.places import checked_url, key_of, own_secrets, value_of
from goose_agent.providers.service import Service

__all__ = ["service_of"]


def service_of(definition: Definition, environ: Mapping[str, str]) -> Service:
    """Where a definition leads, with the key that its variable holds.

    Args:
        definition: of the provider.
        environ: fills the places in its address and its headers.

    Raises:
        ConfigError: a variable is missing, or the address is malformed.
    """
    engine = ENGINES[definition.engine]
    own = value_of(environ, engine.address_variable) if engine.address_variable else ""
    url = engine.settled(_filled(definition, own or definition.base_url, environ).rstrip("/"))
    parts = checked_url(f"The address of {definition.name}", url)
    if parts.query or parts.fragment:
        raise ConfigError(
            f"The address of {definition.name} has a query.", "Leave out all from the ? on."
        )
    if ending := next((end for end in engine.endings if url.endswith(end)), ""):
        url = url.removesuffix(ending)
    elif not parts.path:
        url += _filled(definition, engine.root, environ)
    variable = definition.api_key_env
    key = _key(definition, environ) if variable else ""
    name, _, value = engine.key_header.partition(": ")
    if definition.api_key_header:
        name, value = definition.api_key_header, "{}"
    own_header = key and engine.authority is None
    sent = {**engine.headers, **({name: value.replace("{}", key)} if own_header else {})}
    filled = {n: _filled(definition, text, environ) for n, text in definition.headers.items()}
    known = own_secrets(environ, definition.key_variables).values()
    return Service(
        name=definition.display_name,
        base_url=url,
        headers={**sent, **filled},
        secrets=(*known, *definition.written_secrets, parts.password or ""),
        key_variable=variable if key or engine.authority is None else "",
        url_variable=engine.address_variable or next(iter(PLACE.findall(definition.base_url)), ""),
        start_hint=definition.start_hint,
        authority=engine.authority(environ, key) if engine.authority is not None else None,
    )


def _key(definition: Definition, environ: Mapping[str, str]) -> str:
    variable = definition.api_key_env
    needed = definition.requires_auth and not definition.opened_by
    if needed and not value_of(environ, variable):
        raise ConfigError(
            f"{variable} is not set.",
            f"Set it to your key, or run: goose-tui providers add {definition.name}",
        )
    return key_of(environ, variable, needed=False)


def _filled(definition: Definition, text: str, environ: Mapping[str, str]) -> str:
    """`text` with its places filled."""
    known = {variable.name: variable for variable in definition.variables}
    for name in dict.fromkeys(PLACE.findall(text)):
        variable = known.get(name)
        names = (name, *(variable.also if variable else ()))
        value = next(filter(None, (value_of(environ, each) for each in names)), "")
        value = value or (variable.default if variable else "")
        if not value and (variable is None or variable.required):
            about = variable.description if variable else ""
            raise ConfigError(
                f"{name} is not set.", about or f"{definition.display_name} needs it: set it."
            )
        if not value.isascii() or not value.isprintable():
            raise ConfigError(f"{name} holds characters that cannot be sent.", "Set it anew.")
        text = text.replace(f"${{{name}}}", value)
    return text

"""Whether traces are wanted, and where they go: by OpenTelemetry's own variables."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

__all__ = ["Target", "target_of"]

_NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


class Target(Struct, frozen=True):
    """Where traces are to go."""

    place: str
    """The address for people, without credentials."""
    problem: str = ""
    """Why none are sent; empty where nothing is in the way."""
    content: bool = False
    """Whether what was said goes with them."""


def target_of(environ: Mapping[str, str]) -> Target | None:
    """Where traces are to go; None where nobody asked for any.

    Args:
        environ: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT` ask for them;
            `OTEL_SDK_DISABLED` and `OTEL_TRACES_EXPORTER` may forbid them.
    """

    def value(name: str) -> str:
        specific = environ.get(f"OTEL_EXPORTER_OTLP_TRACES_{name}", "").strip()
        return specific or environ.get(f"OTEL_EXPORTER_OTLP_{name}", "").strip()

    endpoint = value("ENDPOINT")
    disabled = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    exporter = environ.get("OTEL_TRACES_EXPORTER", "").strip() or "otlp"
    if not endpoint or disabled or "otlp" not in exporter.split(","):
        return None
    capture = environ.get("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "")
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        return Target("", "the endpoint is no address")
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return Target(place, _problem(value("PROTOCOL")), capture.strip().lower() == "true")


def _problem(protocol: str) -> str:
    if protocol not in ("", "http/protobuf"):
        return f"only http/protobuf is spoken, not {protocol}"
    if not all(map(_is_installed, _NEEDED)):
        return "goose-tui[otel] is not installed"
    return ""


def _is_installed(module: str) -> bool:
    from importlib.util import find_spec  # hardly anybody asks for traces

    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even what it is in
        return False

"""The thread that makes traces of events and sends them: nothing ever waits for it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from goose_agent.codec import event_from
from goose_agent.redaction import Redactor
from goose_agent.telemetry.target import Target

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

__all__ = ["Telemetry"]

_WAITING = 4096
"""Most events that wait; where more come, they are left out of the traces."""
_PATIENCE = 2.0
"""Seconds that the last spans have to be sent when all ends."""
_TYPE = b'"type":"'
"""What stands before the type of an event; no data comes before that."""
_DELTA = b'model.delta"'


class Telemetry:
    """Traces of the sessions of one engine.

    Args:
        target: what goes with the traces; where they go is read from the environment.
        version: of this program.
        environ: for the name of the service, where a person gave one.
        redactor: masks what leaves the machine.
    """

    def __init__(
        self, target: Target, version: str, environ: Mapping[str, str], redactor: Redactor
    ) -> None:
        self._target = target
        self._version = version
        self._environ = environ
        self._redactor = redactor
        self._lines: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self.problem = ""
        """Why no traces are sent any more; empty while they are."""
        # A thread of its own that dies with the process: a collector that hangs holds up nothing.
        self._thread = threading.Thread(target=self._work, name="telemetry", daemon=True)
        self._thread.start()

    def take(self, lines: Iterable[bytes]) -> None:
        """Let events, as JSON, be part of the traces. Never waits."""
        for line in lines:
            if not self._target.content and line.startswith(_DELTA, line.find(_TYPE) + len(_TYPE)):
                continue  # most of all events, and nothing in them is wanted
            try:
                self._lines.put_nowait(line)
            except queue.Full:
                return

    def close(self) -> None:
        """Send what is left, as far as that is quickly done. Blocks: call it in a thread."""
        try:
            self._lines.put_nowait(None)
        except queue.Full:
            return  # nothing has got through: nothing will
        self._thread.join(_PATIENCE)

    def _work(self) -> None:
        try:
            provider = self._provider()
            self._make_spans(provider)
            provider.shutdown()
        except Exception as error:
            # Whatever is wrong with it, the work and the screen must not be touched.
            self.problem = f"{type(error).__name__}: {error}"
            while self._lines.get() is not None:
                pass

    def _make_spans(self, provider: TracerProvider) -> None:
        from goose_agent.telemetry.spans import SpanMaker

        tracer = provider.get_tracer("goose_agent", self._version)
        maker = SpanMaker(tracer, content=self._target.content, masked=self._redactor.text)
        while (line := self._lines.get()) is not None:
            maker.take(event_from(line))
        maker.close(datetime.now(UTC))

    def _provider(self) -> TracerProvider:
        # A quarter of a second of imports, which other threads hardly notice.
        import logging

        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        for name in ("opentelemetry", "urllib3"):
            # What they complain about would be written over the screen.
            logging.getLogger(name).addHandler(logging.NullHandler())
        about = {"service.version": self._version}
        named = "service.name=" in self._environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
        if not named and not self._environ.get("OTEL_SERVICE_NAME"):
            about["service.name"] = "goose-tui"
        provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        return provider

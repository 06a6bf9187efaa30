"""What a subagent does stands in a trace below the call that it works for."""

from __future__ import annotations

from pathlib import Path

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from goose_agent.telemetry.spans import SpanMaker
from goose_agent.tools.standard import standard_extensions
from support.delegating import DelegatingModel, order
from support.engine import Rig
from support.models import calls, said
from support.probe import Probe

LOOK = ("look", '{"word": "deep"}')


async def test_a_subagent_is_a_span_below_its_call(tmp_path: Path) -> None:
    lines = {
        "deeper": [calls(LOOK), said("Seen.")],
        "dig": [calls(order("deeper")), said("Dug.")],
        "": [calls(order("dig"), LOOK), said("Fine.")],
    }
    model = DelegatingModel(lines)
    rig = Rig(tmp_path, {"fake/one": model}, lambda: (Probe(), *standard_extensions()))
    async with rig.session() as face:
        await face.ask("go")
        await face.leave()
    exported = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    maker = SpanMaker(provider.get_tracer("test"), content=False, masked=str)
    for event in face.events:
        maker.take(event)
    spans = exported.get_finished_spans()
    names = {span.context.span_id: span.name for span in spans if span.context is not None}
    parents = [
        (span.name, names[span.parent.span_id] if span.parent is not None else "") for span in spans
    ]
    agent, delegate = "invoke_agent subagent", "execute_tool delegate"
    assert parents.count((agent, delegate)) == 2
    assert parents.count((delegate, agent)) == 1
    assert parents.count((delegate, "invoke_agent goose-tui")) == 1
    assert parents.count(("chat one", agent)) == 4
    assert parents.count(("execute_tool look", agent)) == 1
    assert parents.count(("execute_tool look", "invoke_agent goose-tui")) == 1
    assert len({span.context.trace_id for span in spans if span.context is not None}) == 1

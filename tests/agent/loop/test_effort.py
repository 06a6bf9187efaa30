"""How hard a model is to think, from what a person says to what the model is asked."""

from __future__ import annotations

from goose_agent.commands import SetEffort
from goose_agent.wire import Open, write
from support.engine import Rig
from support.models import FakeModel


async def test_the_effort_asked_for_goes_with_every_request_until_another_is(
    rig: Rig, model: FakeModel
) -> None:
    async with rig.engine() as face:
        await face.say(write(Open(str(rig.folder), model="fake/one", mode="auto", effort="high")))
        await face.until(lambda: face.opened)
        for count, command in enumerate((None, SetEffort("off"), SetEffort(None)), 1):
            if command is not None:
                await face.tell(command)
            await face.submit("go on")
            await face.until(lambda count=count: len(model.requests) == count)  # type: ignore[misc] # mypy cannot infer it
            await face.idle()
        session_id = face.state.session_id
        assert face.state.effort is None
    assert [request.effort for request in model.requests] == ["high", "off", None]

    async with rig.engine() as again:
        word = Open(str(rig.folder), resume=session_id, effort="low")
        await again.say(write(word))
        await again.until(lambda: again.opened)
        await again.submit("once more")
        await again.until(lambda: len(model.requests) == 4)
    assert model.requests[-1].effort == "low"


async def test_a_session_keeps_its_effort_when_it_goes_on(rig: Rig, model: FakeModel) -> None:
    async with rig.session() as face:
        await face.tell(SetEffort("max"))
        await face.submit("go")
        await face.idle()
        session_id = face.state.session_id
    async with rig.resumed(session_id) as again:
        await again.submit("on")
        await again.until(lambda: len(model.requests) == 2)
    assert [request.effort for request in model.requests] == ["max", "max"]

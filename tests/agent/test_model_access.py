from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.providers.loopback import serving, whole
from goose_agent.clock import World
from goose_agent.commands import SetModel
from goose_agent.config.keyring_store import KeyringStore
from goose_agent.config.places import Places
from goose_agent.errors import ConfigError, NoModel, ProviderError
from goose_agent.model_access import ModelAccess
from goose_agent.providers.connect import ConnectedModel
from support.engine import Rig
from support.keyrings import FakeKeyring, StuckKeyring, using
from support.models import FakeModel, calls, said
from support.requests import results

KEY = "key-0123456789"


def places_in(base: Path) -> Places:
    return Places(base / "config", base / "data", base / "cache")


def define(places: Places, **more: object) -> None:
    value = {"name": "acme", "engine": "openai", "base_url": "https://acme.example/v1"} | more
    places.own_providers.mkdir(parents=True, exist_ok=True)
    path = places.own_providers / f"{value['name']}.json"
    path.write_text(json.dumps(value), encoding="utf-8")


def access_to(base: Path, environ: dict[str, str] | None = None) -> ModelAccess:
    return ModelAccess(places_in(base), environ or {})


@pytest.mark.parametrize("name", ["ollama/x", "scripted/x", "fake/x"])
def test_a_model_without_a_key_asks_nobody_for_one(tmp_path: Path, name: str) -> None:
    backend = StuckKeyring()
    with using(backend):
        assert access_to(tmp_path, {"A": "b"}).environ_for(name) == {"A": "b"}
    assert backend.calls == 0


def test_a_stored_key_opens_its_provider(tmp_path: Path) -> None:
    access = access_to(tmp_path)
    access.secrets.keep("GROQ_API_KEY", KEY, "file")

    environ = access.environ_for("groq/x")

    assert environ == {"GROQ_API_KEY": KEY}
    assert ModelAccess(places_in(tmp_path), environ).connect("groq/x").info.name == "groq/x"
    with pytest.raises(ConfigError, match="GROQ_API_KEY is not set"):
        access.connect("groq/x")


async def test_the_default_is_found_by_a_stored_key_too(tmp_path: Path) -> None:
    access = access_to(tmp_path, {"OLLAMA_HOST": "127.0.0.1:1"})
    access.secrets.keep("GROQ_API_KEY", KEY, "file")

    assert (await access.find_default()).startswith("groq/")


async def test_a_key_for_anything_of_google_hides_no_stored_key(tmp_path: Path) -> None:
    access = access_to(tmp_path, {"OLLAMA_HOST": "127.0.0.1:1", "GOOGLE_API_KEY": KEY})
    access.secrets.keep("GEMINI_API_KEY", "gemini-0123456789", "file")

    assert (await access.find_default()).startswith("gemini/")
    assert access.environ_for("google/x")["GEMINI_API_KEY"] == "gemini-0123456789"


async def test_with_a_key_in_the_environment_no_keyring_is_asked(tmp_path: Path) -> None:
    backend = FakeKeyring()
    with using(backend):
        found = await access_to(tmp_path, {"OPENAI_API_KEY": KEY}).find_default()
    assert found.startswith("openai/")
    assert backend.asked == []


async def test_a_provider_can_be_named_as_goose_names_it(tmp_path: Path) -> None:
    environ = {"GOOSE_PROVIDER": "groq"}
    assert (await access_to(tmp_path, environ).find_default()).startswith("groq/")
    define(places_in(tmp_path))
    with pytest.raises(ConfigError, match="GOOSE_MODEL is not set"):
        await access_to(tmp_path, {"GOOSE_PROVIDER": "acme"}).find_default()


def test_the_keys_of_all_providers_are_masked_and_those_of_the_file(tmp_path: Path) -> None:
    environ = {"GROQ_API_KEY": KEY, "ACME_KEY": "acme-0123456789", "SHELL": "/bin/sh-and-more"}
    define(
        places_in(tmp_path),
        api_key_env="ACME_KEY",
        base_url="https://me:pass-0123456789@acme.example",
        headers={
            "X-Api-Key": "head-0123456789",
            "Cookie": "c=${ACME_COOKIE}",
            "X-Team": "the blues",
        },
    )
    environ["ACME_COOKIE"] = "cookie-0123456789"
    access = access_to(tmp_path, environ)
    access.secrets.file.keep("OLD_KEY", "old-0123456789")

    found = access.own_secrets(environ)

    assert set(found.values()) == {
        KEY,
        *(f"{word}-0123456789" for word in ("acme", "old", "pass", "head", "cookie")),
    }
    assert found["OLD_KEY"] == "old-0123456789"
    definition = access.definition("acme")
    assert "0123456789" not in repr(definition) + definition.shown_address


async def test_a_list_is_fetched_once_a_day_or_when_wanted(tmp_path: Path) -> None:
    body = json.dumps({"data": [{"id": "new", "max_model_len": 9000}, {"id": "old"}]}).encode()
    async with serving(whole(200, body)) as server:
        models = [{"name": "old", "context_limit": 5000, "abilities": ["tools"]}]
        define(places_in(tmp_path), base_url=server.url, models=models)
        access = access_to(tmp_path)
        first = await access.offer("acme")
        again = await access.offer("acme")
        assert len(server.received) == 1
        await access.offer("acme", refresh=True)
        assert len(server.received) == 2

    facts = [(m.info.name, m.info.window, m.abilities) for m in first.models]
    assert facts == [("acme/old", 5000, ("tools",)), ("acme/new", 9000, ())]
    assert again.models == first.models
    assert again.fetched == first.fetched
    # What was fetched tells the window of a model that nothing else knows.
    assert access_to(tmp_path).connect("acme/new").info.window == 9000
    await access_to(tmp_path).connect("acme/new").aclose()


async def test_the_default_model_of_a_local_server_is_what_it_serves(tmp_path: Path) -> None:
    async with serving(whole(200, b'{"data": [{"id": "loaded"}]}'), whole(500)) as server:
        define(places_in(tmp_path), base_url=server.url)
        define(places_in(tmp_path), name="mute", base_url=server.url)
        define(places_in(tmp_path), name="still", base_url=server.url, dynamic_models=False)
        access = access_to(tmp_path)
        assert await access.default_model("acme") == "acme/loaded"
        with pytest.raises(ProviderError):
            await access.default_model("mute")
        with pytest.raises(NoModel, match="names no models"):
            await access.default_model("still")


def test_every_provider_says_what_is_missing(tmp_path: Path) -> None:
    access = access_to(tmp_path, {"GROQ_API_KEY": KEY, "AZURE_OPENAI_API_KEY": KEY})
    statuses = {status.definition.name: status for status in access.statuses()}

    assert statuses["groq"].problem is None
    assert statuses["groq"].key_place == "environment"
    assert statuses["groq"].place == "api.groq.com"
    assert "AZURE_OPENAI_RESOURCE is not set" in str(statuses["azure"].problem)
    assert "XAI_API_KEY is not set" in str(statuses["xai"].problem)
    assert statuses["vllm"].problem is None
    assert KEY not in repr(list(statuses.values()))


# The engine


async def test_what_a_tool_reads_of_the_keys_is_masked(rig: Rig, model: FakeModel) -> None:
    ModelAccess(rig.places, {}).secrets.keep("GROQ_API_KEY", KEY, "file")
    command = json.dumps({"command": f"cat {rig.places.secrets}; env"})
    model.answers = [calls(("shell", command)), said("done")]

    async with rig.session() as face:
        await face.submit("look")
        await face.pending()  # a place of secrets is asked about in every mode
        await face.approve()
        await face.idle()

    shown = results(model.requests[1])[0].text
    assert "[secret:GROQ_API_KEY]" in shown
    assert KEY not in shown
    record = b"".join(path.read_bytes() for path in rig.places.sessions.iterdir())
    assert KEY.encode() not in record


async def test_a_session_may_change_to_a_model_whose_key_is_stored(
    rig: Rig, model: FakeModel
) -> None:
    seen: list[str] = []
    connect = rig.connect

    def noting(name: str, world: World) -> ConnectedModel:
        seen.append(world.environ.get("GROQ_API_KEY", ""))
        return connect("fake/one", world)

    rig.connect = noting  # type: ignore[method-assign] # what engines are made with
    backend = FakeKeyring()
    backend.entries["goose-tui", "GROQ_API_KEY"] = KEY
    with using(backend):
        async with rig.session() as face:
            await face.tell(SetModel("groq/x"))
            await face.submit("hello")
            await face.idle()

    assert seen == ["", KEY]


async def test_a_file_of_keys_that_others_can_read_stops_only_who_needs_it(rig: Rig) -> None:
    secrets = ModelAccess(rig.places, {}).secrets
    secrets.keep("GROQ_API_KEY", KEY, "file")
    secrets.file.path.chmod(0o644)

    async with rig.session() as face:
        assert face.opened
        await face.tell(SetModel("groq/x"))
        await face.until(lambda: face.data("notice"))
        assert "can be read by others" in face.data("notice")[0].text
        assert face.state.model == "fake/one"


def test_a_keyring_that_hangs_leaves_the_environment_as_it_is(tmp_path: Path) -> None:
    backend = StuckKeyring()
    with using(backend):
        access = ModelAccess(places_in(tmp_path), {"A": "b"}, KeyringStore(0.02))
        assert access.environ_for("groq/x") == {"A": "b"}
        assert access.environ_for("xai/x") == {"A": "b"}
    assert backend.calls == 1


async def test_a_definition_that_is_wrong_is_told_and_stops_nobody_else(rig: Rig) -> None:
    define(rig.places, name="bad", engine="none")

    async with rig.session() as face:
        assert face.opened
        await face.until(lambda: face.data("notice"))
        assert "bad.json:1: engine: there is no engine none." in face.data("notice")[0].text

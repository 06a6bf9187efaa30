from __future__ import annotations

import json

import pytest

from goose_agent.errors import ConfigError
from goose_agent.providers.definition import Definition, ListedModel, Variable
from goose_agent.providers.definition_file import parse_definition
from goose_agent.providers.model import ModelInfo

ENGINES = ("openai", "anthropic", "ollama")
LEAST = "name: acme\nengine: openai\nbase_url: https://acme.example/v1\n"


def parsed(text: str, source: str = "/p/acme.yaml") -> Definition:
    return parse_definition(text, source, ENGINES).definition


def test_a_few_lines_define_a_provider() -> None:
    text = """
name: acme
engine: openai
display_name: Acme
base_url: https://${ACME_REGION}.acme.example/v1
api_key_env: ACME_API_KEY
headers: {X-Team: "${ACME_TEAM}"}
timeout_seconds: 30
supports_streaming: false
fast_model: acme-small
models:
- acme-small
- {name: acme-large, context_limit: 200000, output_limit: 8000, input_price: 1.5,
   output_price: 6, abilities: [tools, vision]}
"""
    assert parsed(text) == Definition(
        "acme",
        "openai",
        "Acme",
        "https://${ACME_REGION}.acme.example/v1",
        api_key_env="ACME_API_KEY",
        headers={"X-Team": "${ACME_TEAM}"},
        models=(
            ListedModel(ModelInfo("acme/acme-small")),
            ListedModel(ModelInfo("acme/acme-large", 200_000, 8000, 1.5, 6.0), ("tools", "vision")),
        ),
        timeout_seconds=30,
        supports_streaming=False,
        fast_model="acme-small",
        source="/p/acme.yaml",
    )


def test_a_custom_provider_of_goose_is_read_as_it_is() -> None:
    text = json.dumps(
        {
            "name": "custom_acme",
            "engine": "openai_compatible",
            "display_name": "Acme",
            "description": "Custom Acme provider",
            "api_key_env": "CUSTOM_ACME_API_KEY",
            "base_url": "https://acme.example/v1/chat/completions",
            "models": [
                {
                    "name": "large",
                    "context_limit": 128000,
                    "input_token_cost": 0.000003,
                    "output_token_cost": 1.5e-05,
                    "currency": "$",
                    "supports_cache_control": None,
                    "reasoning": True,
                }
            ],
            "headers": None,
            "timeout_seconds": None,
            "supports_streaming": True,
            "requires_auth": True,
            "catalog_provider_id": None,
            "base_path": None,
            "env_vars": [
                {"name": "ACME_HOST", "required": False, "secret": False, "primary": True}
            ],
            "dynamic_models": None,
            "skip_canonical_filtering": False,
            "model_doc_link": "https://acme.example/docs",
            "setup_steps": ["Sign in"],
            "fast_model": None,
            "preserves_thinking": True,
        }
    )
    found = parse_definition(text, "/goose/custom_acme.json", ENGINES)

    assert found.warnings == ()
    assert found.definition.engine == "openai"
    assert found.definition.key_variables == ("CUSTOM_ACME_API_KEY",)
    assert found.definition.preserves_thinking
    assert found.definition.variables == (Variable("ACME_HOST", required=False),)
    assert found.definition.models == (
        ListedModel(
            ModelInfo("custom_acme/large", 128_000, input_price=3.0, output_price=15.0),
            ("thinking",),
        ),
    )


def test_a_price_in_another_currency_is_not_taken_for_dollars() -> None:
    text = LEAST + "models: [{name: a, input_token_cost: 0.00001, currency: CNY}]"

    assert parsed(text).models[0].info.input_price is None


def test_the_path_of_goose_takes_the_place_of_that_of_the_address() -> None:
    assert parsed(LEAST + "base_path: /llm/v2").base_url == "https://acme.example/llm/v2"


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("[]", "/p/acme.yaml:1: a provider is", "docs/providers.md"),
        ("", "/p/acme.yaml:1: a provider is", "docs"),
        ("name: acme\nengine: openai\n", "/p/acme.yaml:1: base_url is missing", "base_url: …"),
        ("a: [\n", "/p/acme.yaml:2: this is not YAML", "Mend"),
        (LEAST + "models: 3", "/p/acme.yaml:4: models: this must be a list", "dash"),
        (LEAST + "models:\n- {context_limit: 1}", "/p/acme.yaml:5: models: a model needs", "name"),
        (
            LEAST + "models:\n- name: a\n  context_limit: lots",
            "/p/acme.yaml:6: models.context_limit: this must be a number of tokens",
            "128000",
        ),
        (
            LEAST + "models: [{name: a, context_limit: true}]",
            "context_limit: this must be",
            "12800",
        ),
        (LEAST + "models: [{name: a, input_price: -1}]", "input_price: this must be a", "million"),
        (LEAST + "models: [{name: a, abilities: [fly]}]", "no ability fly", "thinking"),
        (LEAST + "timeout_seconds: soon", "/p/acme.yaml:4: timeout_seconds: this must", "86400"),
        (LEAST + "requires_auth: maybe", "requires_auth: this must be true or false", "quotes"),
        (LEAST + "api_key_env: sk-1234567890", "api_key_env: this is no name of a var", "not the"),
        (LEAST + "headers: {'a b': c}", "headers.a b: this is no name of a header", "dashes"),
        (LEAST + 'headers: {A: "x\\r\\nB: y"}', "headers.A: this holds characters", "Remove"),
        (LEAST + "headers: {A: é}", "headers.A: headers are plain ASCII", "other"),
        (LEAST.replace("https://", "ftp://"), ":3: base_url: this is not a web address", "https"),
        (LEAST.replace("acme\n", "../acme\n", 1), ":1: name: '../acme' is no name", "letters"),
        (
            LEAST.replace("openai", "telepathy"),
            ":2: engine: there is no engine telepathy",
            "ollama",
        ),
        ("? {a: b}\n: c", "this is not YAML", ""),
        ("&a [*a]", "a provider is", "docs"),
        ("at: 2026-13-45", "this is not YAML", "Mend the file"),
    ],
)
def test_a_wrong_file_says_line_and_key_and_what_to_do(text: str, words: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(text)

    assert words in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.exit_code == 3
    assert "1234567890" not in str(caught.value)


def test_the_line_is_found_in_json_with_tabs_too() -> None:
    text = '{\n\t"name": "acme",\n\t"engine": 3\n}'

    with pytest.raises(ConfigError, match=r"acme\.json:3: engine: this must be text"):
        parsed(text, "/p/acme.json")


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "nothing", "\ud800"])
def test_what_is_not_json_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ConfigError, match="this is not JSON"):
        parsed(text, "/p/acme.json")


def test_a_key_that_means_nothing_warns_with_the_nearest() -> None:
    found = parse_definition(LEAST + "api_key_evn: X", "/p/acme.yaml", ENGINES)

    assert found.warnings == (
        "/p/acme.yaml:4: api_key_evn: there is no such key. Did you mean `api_key_env`?",
    )


def test_what_headers_hold_is_not_in_the_representation() -> None:
    assert "hush" not in repr(parsed(LEAST + "headers: {Authorization: Bearer hush}"))

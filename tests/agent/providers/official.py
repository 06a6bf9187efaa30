"""Our models and the services' own clients side by side: each client sends a body of ours, and tells what it heard.

They are imported late: each takes half a second, and most tests need one.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from anyio import to_thread

from agent.providers.aws_stream import WHO
from agent.providers.hearing import Heard
from goose_agent.messages import Usage
from goose_agent.providers.connect import ConnectedModel, connect

__all__ = ["CLIENTS", "model_at"]

Body = dict[str, Any]


_SETTINGS: dict[str, tuple[str, str, dict[str, str]]] = {
    "chat": ("openai/gpt-5-like", "OPENAI_BASE_URL", {"OPENAI_WIRE": "chat"}),
    "responses": ("openai/gpt-5-like", "OPENAI_BASE_URL", {"OPENAI_WIRE": "responses"}),
    "anthropic": ("anthropic/claude-like", "ANTHROPIC_BASE_URL", {}),
    "gemini": ("gemini/gemini-like", "GEMINI_BASE_URL", {}),
    "ollama": ("ollama/like", "OLLAMA_HOST", {}),
    "bedrock": ("bedrock/amazon.nova-like", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", WHO),
}
_PATHS = {"chat": "/v1", "responses": "/v1", "gemini": "/v1beta"}


def model_at(wire: str, url: str) -> ConnectedModel:
    """Our model that speaks a wire format to the server at an address."""
    name, variable, more = _SETTINGS[wire]
    keys = {f"{who}_API_KEY": "key-0123456789" for who in ("OPENAI", "ANTHROPIC", "GEMINI")}
    return connect(name, {**keys, **more, variable: url + _PATHS.get(wire, "")})


def _without(body: Body, *names: str) -> Body:
    return {name: value for name, value in body.items() if name not in names}


async def _chat(url: str, body: Body) -> Heard:
    import openai

    client = openai.AsyncOpenAI(api_key="key", base_url=f"{url}/v1", max_retries=0)
    async with client, client.chat.completions.stream(**_without(body, "stream")) as stream:
        final = await stream.get_final_completion()
    message, usage = final.choices[0].message, final.usage
    assert usage is not None
    read, written = usage.prompt_tokens_details, usage.completion_tokens_details
    return Heard(
        message.content or "",
        # No part of OpenAI's own format, but of that of many who speak it.
        getattr(message, "reasoning_content", None) or "",
        [
            (call.id, call.function.name, json.loads(call.function.arguments))
            for call in message.tool_calls or ()
        ],
        Usage(
            usage.prompt_tokens,
            usage.completion_tokens,
            (read and read.cached_tokens) or 0,
            (read and read.cache_write_tokens) or 0,
            (written and written.reasoning_tokens) or 0,
        ),
    )


async def _responses(url: str, body: Body) -> Heard:
    import openai

    client = openai.AsyncOpenAI(api_key="key", base_url=f"{url}/v1", max_retries=0)
    async with client, client.responses.stream(**_without(body, "stream")) as stream:
        final = await stream.get_final_response()
    usage = final.usage
    assert usage is not None
    read, written = usage.input_tokens_details, usage.output_tokens_details
    return Heard(
        final.output_text,
        "".join(
            summary.text
            for item in final.output
            if item.type == "reasoning"
            for summary in item.summary
        ),
        [
            (item.call_id, item.name, json.loads(item.arguments))
            for item in final.output
            if item.type == "function_call"
        ],
        Usage(
            usage.input_tokens,
            usage.output_tokens,
            (read and read.cached_tokens) or 0,
            (read and read.cache_write_tokens) or 0,
            (written and written.reasoning_tokens) or 0,
        ),
    )


async def _anthropic(url: str, body: Body) -> Heard:
    import anthropic

    client = anthropic.AsyncAnthropic(api_key="key", base_url=url, max_retries=0)
    async with client, client.messages.stream(**_without(body, "stream")) as stream:
        message = await stream.get_final_message()
    usage = message.usage
    read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    return Heard(
        "".join(block.text for block in message.content if block.type == "text"),
        "".join(block.thinking for block in message.content if block.type == "thinking"),
        [
            (block.id, block.name, block.input)
            for block in message.content
            if block.type == "tool_use"
        ],
        Usage(usage.input_tokens + read + written, usage.output_tokens, read, written),
        [block.signature for block in message.content if block.type == "thinking"],
    )


async def _gemini(url: str, body: Body) -> Heard:
    from google import genai
    from google.genai import types

    client = genai.Client(
        api_key="key", http_options=types.HttpOptions(base_url=url, api_version="v1beta")
    ).aio
    config = {**body.get("generationConfig", {}), **_without(body, "contents", "generationConfig")}
    text = thinking = ""
    calls: list[tuple[str, str, object]] = []
    usage = types.GenerateContentResponseUsageMetadata()
    async with client:
        stream = await client.models.generate_content_stream(
            model="gemini-like",
            contents=[types.Content.model_validate(each) for each in body["contents"]],
            config=types.GenerateContentConfig.model_validate(config),
        )
        async for chunk in stream:
            usage = chunk.usage_metadata or usage
            for part in chunk.parts or ():
                if part.function_call:
                    call = part.function_call
                    calls.append((call.id or "", call.name or "", call.args))
                elif part.thought:
                    thinking += part.text or ""
                else:
                    text += part.text or ""
    thoughts = usage.thoughts_token_count or 0
    return Heard(
        text,
        thinking,
        calls,
        Usage(
            usage.prompt_token_count or 0,
            (usage.candidates_token_count or 0) + thoughts,
            usage.cached_content_token_count or 0,
            reasoning_tokens=thoughts,
        ),
    )


async def _ollama(url: str, body: Body) -> Heard:
    import ollama

    client = ollama.AsyncClient(host=url, trust_env=False)
    text = thinking = ""
    calls: list[tuple[str, str, object]] = []
    usage = Usage()
    # Two fields that the server has, and its client has not.
    known = _without(body, "stream", "truncate", "shift")
    try:
        async for chunk in await client.chat(**known, stream=True):
            text += chunk.message.content or ""
            thinking += chunk.message.thinking or ""
            found = [call.function for call in chunk.message.tool_calls or ()]
            calls += [("", function.name, dict(function.arguments)) for function in found]
            if chunk.done:
                usage = Usage(chunk.prompt_eval_count or 0, chunk.eval_count or 0)
    finally:
        await client.close()  # type: ignore[no-untyped-call] # as it ships
    return Heard(text, thinking, calls, usage)


async def _bedrock(url: str, body: Body) -> Heard:
    events = await to_thread.run_sync(_converse, url, body)
    text = thinking = ""
    calls: dict[int, tuple[str, str]] = {}
    arguments: dict[int, str] = {}
    counts: Mapping[str, int] = {}
    for event in events:
        block = event.get("contentBlockStart") or event.get("contentBlockDelta") or {}
        index = block.get("contentBlockIndex", 0)
        if call := block.get("start", {}).get("toolUse"):
            calls[index] = call["toolUseId"], call["name"]
        delta = block.get("delta", {})
        text += delta.get("text", "")
        thinking += delta.get("reasoningContent", {}).get("text", "")
        arguments[index] = arguments.get(index, "") + delta.get("toolUse", {}).get("input", "")
        counts = event.get("metadata", {}).get("usage", counts)
    read, written = (counts.get(f"cache{way}InputTokens", 0) for way in ("Read", "Write"))
    return Heard(
        text,
        thinking,
        [(*named, json.loads(arguments[index] or "{}")) for index, named in calls.items()],
        Usage(counts["inputTokens"] + read + written, counts["outputTokens"], read, written),
    )


def _converse(url: str, body: Body) -> list[dict[str, Any]]:
    from botocore.config import Config
    from botocore.session import Session

    client: Any = Session().create_client(
        "bedrock-runtime",
        region_name=WHO["AWS_REGION"],
        endpoint_url=url,
        aws_access_key_id=WHO["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=WHO["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )
    try:
        stream = client.converse_stream(modelId="amazon.nova-like", **body)["stream"]
        try:
            return list(stream)
        finally:
            stream.close()
    finally:
        client.close()


CLIENTS: Mapping[str, Callable[[str, Body], Awaitable[Heard]]] = {
    "chat": _chat,
    "responses": _responses,
    "anthropic": _anthropic,
    "gemini": _gemini,
    "ollama": _ollama,
    "bedrock": _bedrock,
}
"""By wire format: given the address of a server and a body, what the client heard."""

"""How many bytes open every request: the system prompt and the tools, in each wire format."""

from __future__ import annotations

from pathlib import Path

from goose_agent.config.places import Places
from goose_agent.extensions.choosing import own_extensions
from goose_agent.extensions.host import ExtensionHost
from goose_agent.loop.prompts import system_prompt
from goose_agent.permissions.trust import TrustStore
from goose_agent.providers.anthropic import AnthropicModel
from goose_agent.providers.gemini import GeminiModel
from goose_agent.providers.model import Model, ModelInfo, ModelRequest
from goose_agent.providers.ollama import OllamaModel
from goose_agent.providers.openai import OpenAIModel
from goose_agent.providers.openai_responses import ResponsesModel
from goose_agent.providers.service import Service
from goose_agent.providers.tool_shim import ShimModel
from goose_agent.providers.transport import Transport
from goose_agent.state.session_state import SessionState
from goose_agent.tools.registry import Registry
from table import Found

__all__ = ["measure_opening"]

_MOST = 14_000


def measure_opening() -> list[Found]:
    """The bytes of each wire format."""
    folder = Path("/home/person/project")
    nowhere = Path("/nonexistent")
    host = ExtensionHost(
        Places(nowhere, nowhere, nowhere), folder, (folder,), TrustStore(nowhere), {}
    )
    registry = Registry(own_extensions(host))
    registry.prepare()
    state = SessionState(folder="/home/person/project", mode="smart", git_branch="main")
    system = system_prompt(state, registry.prompts(), "", "Linux-6.1-x86_64")
    info, transport = ModelInfo("one/model"), Transport(Service("none", "http://127.0.0.1:1"))
    models: dict[str, Model] = {
        "Chat Completions": OpenAIModel(info, transport),
        "Responses": ResponsesModel(info, transport),
        "Messages": AnthropicModel(info, transport),
        "Gemini": GeminiModel(info, transport),
        "Ollama": OllamaModel(info, transport),
        "Chat Completions, tools in words": ShimModel(
            OpenAIModel(info, transport), constrained=False
        ),
    }
    full, empty = ModelRequest(system, (), registry.schemas("smart")), ModelRequest("", ())
    return [
        Found(words, len(model.encode(full)) - len(model.encode(empty)), "bytes", _MOST)
        for words, model in models.items()
    ]

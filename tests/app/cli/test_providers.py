"""`goose-tui providers` and `goose-tui models`."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.cli.conftest import Shell
from support.keyrings import FakeKeyring, LockedKeyring, using

KEY = "key-0123456789"
ANSWER = (
    b'data: {"choices": [{"delta": {"content": "rea\\u001b[31mdy"}, "finish_reason": "stop"}]}'
    b"\n\ndata: [DONE]\n\n"
)
MODELS = {"data": [{"id": "tiny", "max_model_len": 8192}, {"id": "odd\x1b[31m"}]}


class _Service(BaseHTTPRequestHandler):
    """Speaks OpenAI's format to whoever has the key."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
        pass

    def do_GET(self) -> None:
        self._answer(200, json.dumps(MODELS).encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Authorization"] == f"Bearer {KEY}":
            self._answer(200, ANSWER)
        else:
            self._answer(401, b'{"error": {"message": "Incorrect API key."}}')

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Service)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    with using(LockedKeyring()):
        yield


def add(shell: Shell, address: str, *more: str, key: str = KEY) -> None:
    arguments = ("acme", "--engine", "openai", "--base-url", address, "--key-env", "ACME_KEY")
    ran = shell("providers", "add", *arguments, "--key-stdin", *more, stdin=f"{key}\n")
    assert ran.code == 0, ran.err


def row(shell: Shell, name: str) -> dict[str, object]:
    told = json.loads(shell("providers", "list", "--output", "json").out)
    return next(item for item in told if item["name"] == name)


def test_all_providers_are_listed_with_what_is_missing(shell: Shell) -> None:
    ran = shell("providers", "list")

    assert ran.code == 0
    rows = {line.split()[0]: line for line in ran.out.splitlines()}
    assert "GROQ_API_KEY is not set" in rows["groq"]
    assert "needs none" in rows["vllm"]
    assert row(shell, "groq") == {
        "name": "groq",
        "display_name": "Groq",
        "engine": "openai",
        "usable": False,
        "problem": "GROQ_API_KEY is not set. "
        "Set it to your key, or run: goose-tui providers add groq",
        "place": "",
        "key_variable": "GROQ_API_KEY",
        "key_found_in": None,
        "models": 5,
        "models_fetched": None,
        "source": None,
    }


def test_a_cloud_is_opened_by_credentials_and_not_by_a_key(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    assert row(shell, "bedrock")["problem"] is not None
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "parrot")

    rows = {line.split()[0]: line for line in shell("providers", "list").out.splitlines()}

    assert "AWS credentials" in rows["bedrock"]
    assert rows["bedrock"].endswith("bedrock-runtime.eu-west-1.amazonaws.com")
    assert "Google Cloud credentials" in rows["vertex"]
    assert "aiplatform.googleapis.com" in rows["vertex"]


def test_the_key_that_counts_is_the_one_that_is_shown(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", KEY)
    rows = {line.split()[0]: line for line in shell("providers", "list").out.splitlines()}

    assert "GOOGLE_API_KEY (environment)" in rows["gemini"]
    assert row(shell, "gemini")["key_variable"] == "GOOGLE_API_KEY"
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    assert row(shell, "gemini")["key_variable"] == "GEMINI_API_KEY"


def test_a_provider_is_added_tried_used_and_removed(shell: Shell, address: str) -> None:
    add(shell, address)
    file = shell.home / "config" / "secrets.yaml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert row(shell, "acme")["key_found_in"] == "file"
    assert row(shell, "acme")["source"] == str(shell.home / "config" / "providers" / "acme.yaml")

    tried = shell("providers", "test", "acme")
    assert tried.code == 0, tried.err
    assert "ok: acme answered with acme/tiny in" in tried.out
    assert "\x1b" not in tried.out
    tried = shell("providers", "test", "acme/other", "--output", "json")
    assert json.loads(tried.out)["model"] == "acme/other"

    used = shell("run", "--model", "acme/tiny", "hello")
    assert used.code == 0, used.err

    removed = shell("providers", "remove", "acme")
    assert "ACME_KEY is no longer in the file." in removed.out
    assert KEY not in file.read_text(encoding="utf-8")
    assert shell("providers", "test", "acme").code == 3


def test_a_wrong_key_is_told_in_the_words_of_the_provider(shell: Shell, address: str) -> None:
    add(shell, address, key="wrong-0123456789")
    ran = shell("providers", "test", "acme/tiny")

    assert ran.code == 3
    assert "refused the key (401): Incorrect API key." in ran.err
    assert "0123456789" not in ran.err


def test_how_a_model_is_treated_is_shown_beside_what_it_can(shell: Shell, address: str) -> None:
    folder = shell.home / "config" / "providers"
    folder.mkdir(parents=True)
    weak = {"name": "weak", "tool_shim": True, "tiny_prompt": True, "abilities": ["vision"]}
    definition = {"name": "acme", "engine": "openai", "base_url": address, "dynamic_models": False}
    definition |= {"models": [weak, "strong"]}
    (folder / "acme.json").write_text(json.dumps(definition), encoding="utf-8")

    ran = shell("models", "acme")
    told = json.loads(shell("models", "acme", "--output", "json").out)

    assert ran.out.splitlines()[1].endswith("vision, tool shim, tiny prompt")
    assert not ran.out.splitlines()[2].strip().endswith("prompt")
    assert [(each["tool_shim"], each["tiny_prompt"]) for each in told] == [
        (True, True),
        (False, False),
    ]


def test_models_are_listed_with_what_is_known_of_them(shell: Shell, address: str) -> None:
    add(shell, address)
    ran = shell("models", "acme")
    assert ran.code == 0, ran.err
    assert [line.split() for line in ran.out.splitlines()[1:]] == [
        ["acme/tiny", "8.2k", "?", "?", "?"]
    ]
    assert "GOOSE_CONTEXT_LIMIT" in ran.err
    told = json.loads(shell("models", "--output", "json").out)
    assert {"acme/tiny", "ollama/qwen3"} <= {item["name"] for item in told}
    assert row(shell, "acme")["models_fetched"]


def test_a_provider_that_does_not_answer_does_not_hide_the_others(
    shell: Shell, address: str
) -> None:
    add(shell, address)
    ran = shell("models", "--refresh")
    assert ran.code == 1
    assert "acme/tiny" in ran.out
    assert "Cannot reach Ollama" in ran.err


def test_only_a_key_is_kept_for_a_provider_that_is_there(shell: Shell) -> None:
    ran = shell("providers", "add", "groq", "--key-stdin", stdin=KEY)
    assert ran.code == 0, ran.err
    assert KEY not in ran.out + ran.err
    assert row(shell, "groq")["usable"] is True
    assert not (shell.home / "config" / "providers").exists()
    assert shell("providers", "remove", "groq").code == 0
    again = shell("providers", "remove", "groq")
    assert again.code == 2
    assert "Nothing of yours" in again.err


def test_a_key_goes_to_the_keyring_where_there_is_one(shell: Shell) -> None:
    backend = FakeKeyring()
    with using(backend):
        assert shell("providers", "add", "groq", "--key-stdin", stdin=KEY).code == 0
        assert row(shell, "groq")["key_found_in"] == "keyring"
        kept = shell("providers", "add", "xai", "--key-stdin", "--keep", "file", stdin=KEY)
        assert "secrets.yaml" in kept.out
    assert backend.entries == {("goose-tui", "GROQ_API_KEY"): KEY}
    refused = shell("providers", "add", "groq", "--key-stdin", "--keep", "keyring", stdin=KEY)
    assert refused.code == 3
    assert "keyring did not take the key" in refused.err


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "words"),
    [
        ((), "", 2, "NAME is missing"),
        (("acme",), "", 2, "--engine is missing"),
        (("acme", "--engine", "openai"), "", 2, "--base-url is missing"),
        (("acme", "--engine", "openai", "--base-url", "http://h"), "", 2, "The key is missing"),
        (("acme", "--engine", "x", "--base-url", "http://h", "--no-key"), "", 3, "no engine x"),
        (("../a", "--engine", "openai", "--base-url", "http://h", "--no-key"), "", 3, "no name"),
        (("openai", "--engine", "openai", "--base-url", "http://h", "--no-key"), "", 3, "built in"),
        (("groq", "--key-stdin"), "\n", 2, "no key on standard input"),
        (("groq", "--key-stdin"), "two words\n", 3, "characters that no key has"),
        (("ollama", "--key-stdin"), KEY, 2, "takes no key"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_is_written(
    shell: Shell, arguments: tuple[str, ...], stdin: str, code: int, words: str
) -> None:
    ran = shell("providers", "add", *arguments, stdin=stdin)

    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err
    assert not (shell.home / "config").exists()


def test_wrong_files_are_told_and_the_rest_is_listed(shell: Shell) -> None:
    folder = shell.home / "config" / "providers"
    folder.mkdir(parents=True)
    (folder / "bad.yaml").write_text("name: bad\nengine: none\nbase_url: http://h\n", "utf-8")
    ran = shell("providers", "list")
    assert ran.code == 3
    assert "groq" in ran.out
    assert f"{folder}/bad.yaml:2: engine: there is no engine none." in ran.err
    assert shell("run", "--model", "bad/x", "hi").code == 3
    doctor = shell("doctor")
    assert "bad.yaml:2" in doctor.out


def test_keys_that_others_can_read_are_refused_with_what_to_do(shell: Shell) -> None:
    shell("providers", "add", "groq", "--key-stdin", stdin=KEY)
    file = shell.home / "config" / "secrets.yaml"
    file.chmod(0o644)
    ran = shell("run", "--model", "groq/x", "hi")
    assert ran.code == 3
    assert f"chmod 600 {file}" in ran.err
    assert "chmod 600" in shell("doctor").out
    assert shell("providers", "list").code == 3


def test_a_provider_of_goose_is_used_and_not_removed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    root = shell.home / "goose"
    folder = root / "config" / "custom_providers"
    folder.mkdir(parents=True)
    value = {"name": "custom_acme", "engine": "openai", "display_name": "Acme"}
    value |= {"base_url": f"{address}/chat/completions", "api_key_env": "CUSTOM_KEY"}
    (folder / "custom_acme.json").write_text(json.dumps(value), encoding="utf-8")
    monkeypatch.setenv("GOOSE_PATH_ROOT", str(root))
    monkeypatch.setenv("CUSTOM_KEY", KEY)

    assert shell("providers", "test", "custom_acme").code == 0
    ran = shell("providers", "remove", "custom_acme")
    assert ran.code == 3
    assert "Remove it where it was made." in ran.err
    assert Path(folder / "custom_acme.json").exists()

"""The ring of raw requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from goose_agent.providers.request_files import (
    RequestFiles,
    kept_requests,
    private_headers,
    private_url,
)


def test_the_last_ten_are_kept_in_order(tmp_path: Path) -> None:
    files = RequestFiles(tmp_path / "requests", ())
    for number in range(12):
        files.add({"n": number})
    assert [value["n"] for _, value in kept_requests(tmp_path / "requests")] == [*range(2, 12)]


def test_an_answer_to_a_request_that_made_room_is_dropped(tmp_path: Path) -> None:
    files = RequestFiles(tmp_path, ())
    first = files.add({"n": 0})
    assert first is not None
    for number in range(1, 11):
        files.add({"n": number})
    files.complete(first, {"n": 0, "answer": "late"})
    assert [value["n"] for _, value in kept_requests(tmp_path)] == [*range(1, 11)]


def test_a_disk_that_takes_nothing_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "requests").write_text("a file is in the way", encoding="utf-8")
    assert RequestFiles(tmp_path / "requests", ()).add({"n": 1}) is None


def test_secrets_are_masked_in_every_spelling(tmp_path: Path) -> None:
    RequestFiles(tmp_path, ['a"secret"value']).add({"body": r'{"x": "a\"secret\"value"}'})
    ((path, value),) = kept_requests(tmp_path)
    assert value == {"body": '{"x": "[secret:key-1]"}'}
    assert "secret\\" not in path.read_text(encoding="utf-8")


def test_only_headers_that_hold_no_secret_keep_their_value() -> None:
    headers = [
        ("Content-Type", "application/json"),
        ("Authorization", "Bearer x"),
        ("x-api-key", "x"),
        ("x-goog-api-key", "x"),
        ("X-Team", "x"),
        ("Set-Cookie", "x"),
        ("x-ratelimit-remaining-requests", "9"),
    ]
    assert private_headers(headers) == {
        "Content-Type": "application/json",
        "Authorization": "[hidden]",
        "x-api-key": "[hidden]",
        "x-goog-api-key": "[hidden]",
        "X-Team": "[hidden]",
        "Set-Cookie": "[hidden]",
        "x-ratelimit-remaining-requests": "9",
    }


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:word@host/v1/x", "https://host/v1/x"),
        ("https://host/x?alt=sse&key=abc#part", "https://host/x?alt=sse&key=[hidden]"),
        ("https://host:1/x?api-version=2", "https://host:1/x?api-version=2"),
    ],
)
def test_addresses_are_kept_without_credentials(url: str, shown: str) -> None:
    assert private_url(url) == shown

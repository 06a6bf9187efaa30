from __future__ import annotations

import pytest

from goose_agent.redaction import Redactor

SECRET = "sk-test-A1b2C3d4E5f6/+x"


@pytest.fixture
def redactor() -> Redactor:
    return Redactor({"OPENAI_API_KEY": SECRET, "LONGER": f"{SECRET}-tail", "SHORT": "ollama"})


def test_a_known_value_is_masked_by_its_name(redactor: Redactor) -> None:
    assert redactor.text(f"key={SECRET};") == "key=[secret:OPENAI_API_KEY];"


def test_the_longer_of_two_values_is_masked_whole(redactor: Redactor) -> None:
    assert redactor.text(f"{SECRET}-tail") == "[secret:LONGER]"


def test_bytes_that_are_not_text_are_masked_too(redactor: Redactor) -> None:
    data = b"\xff\x00" + SECRET.encode() + b"\xfe"
    assert redactor.data(data) == b"\xff\x00[secret:OPENAI_API_KEY]\xfe"


def test_a_value_spelled_as_in_a_url_is_masked(redactor: Redactor) -> None:
    assert redactor.text("?k=sk-test-A1b2C3d4E5f6%2F%2Bx&b") == "?k=[secret:OPENAI_API_KEY]&b"


def test_placeholders_are_left_alone(redactor: Redactor) -> None:
    assert redactor.text("run ollama") == "run ollama"


@pytest.mark.parametrize("cut", range(6, len(SECRET)))
def test_a_tail_shows_no_part_of_a_value_that_is_cut_off(redactor: Redactor, cut: int) -> None:
    assert redactor.tail(f"key: {SECRET[:cut]}").startswith("key: [secret:")
    assert redactor.tail(f"{SECRET[-cut:]} and on").endswith("] and on")
    assert SECRET[:cut] not in redactor.tail(f"key: {SECRET[:cut]}")


def test_without_secrets_nothing_changes() -> None:
    nothing = Redactor({"EMPTY": ""})
    assert (nothing.text("a"), nothing.data(b"a"), nothing.tail("a")) == ("a", b"a", "a")


@pytest.mark.parametrize("offset", [0, 1, 10, 22, 23, 24, 30])
def test_a_value_is_found_wherever_it_stands_in_large_data(redactor: Redactor, offset: int) -> None:
    before = b"." * (128 * 1024 - offset)
    for value, name in ((SECRET, "OPENAI_API_KEY"), (f"{SECRET}-tail", "LONGER")):
        data = before + value.encode() + b"." * 300_000 + value.encode()
        mask = f"[secret:{name}]".encode()
        assert redactor.data(data) == before + mask + b"." * 300_000 + mask


def test_a_value_that_is_learnt_later_is_masked_beside_the_others(redactor: Redactor) -> None:
    redactor.learn({"NEW": "new-0123456789", "TINY": "a"})

    assert redactor.text(f"{SECRET} new-0123456789") == "[secret:OPENAI_API_KEY] [secret:NEW]"
    assert redactor.data(b"new-0123456789") == b"[secret:NEW]"

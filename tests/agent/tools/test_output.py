from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goose_agent.tools.output import Capture, for_model, human_size, plain


def test_text_that_fits_is_given_as_it_is() -> None:
    assert for_model("a\nb\n") == "a\nb\n"


def test_of_many_lines_the_first_and_the_last_are_shown_and_the_rest_is_counted() -> None:
    text = "".join(f"line {number}\n" for number in range(1000))
    shown = for_model(text, max_lines=10)
    assert shown.startswith("line 0\nline 1\n")
    assert shown.endswith("line 998\nline 999\n")
    assert "[… left out here: 992 lines, 8.8 kB …]" in shown


@given(st.text(), st.integers(0, 400), st.integers(4, 40), st.integers(200, 2000))
def test_bounded_text_keeps_to_its_bounds(
    piece: str, repeats: int, max_lines: int, max_bytes: int
) -> None:
    shown = for_model(piece * repeats, max_lines, max_bytes)
    assert len(shown.encode("utf-8", "replace")) <= max_bytes
    assert shown.count("\n") <= max_lines


def test_one_endless_line_is_cut_within() -> None:
    shown = for_model("é" * 100_000, max_bytes=1000)
    assert len(shown.encode()) <= 1000
    assert shown.startswith("éé") and shown.endswith("éé") and "�" not in shown


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("10%\r50%\r100%\ndone", "100%\ndone"),
        ("windows\r\nlines\r\n", "windows\nlines\n"),
        ("10%\r\n", "10%\n"),
        ("b\bbo\bold", "bold"),
        ("bell\x07 nul\x00 tab\t", "bell nul tab\t"),
    ],
)
def test_terminal_codes_become_plain_text(raw: str, expected: str) -> None:
    assert plain(raw) == expected


def test_a_capture_keeps_all_of_a_small_stream() -> None:
    capture = Capture(keep=10)
    for chunk in (b"0123", b"456789", b"abcdefghij"):
        capture.add(chunk)
    assert (capture.content(), capture.total, capture.dropped) == (b"0123456789abcdefghij", 20, 0)


@given(st.lists(st.binary(max_size=50), max_size=60), st.integers(1, 100))
def test_a_capture_keeps_both_ends_and_the_true_count(chunks: list[bytes], keep: int) -> None:
    capture = Capture(keep)
    for chunk in chunks:
        capture.add(chunk)
    whole = b"".join(chunks)
    assert capture.total == len(whole)
    assert capture.lines == whole.count(b"\n")
    if len(whole) <= 2 * keep:
        assert capture.content() == whole
    else:
        gap = f"\n[… {len(whole) - 2 * keep} bytes are not kept …]\n".encode()
        assert capture.content() == whole[:keep] + gap + whole[-keep:]


def test_memory_stays_bounded_for_one_endless_line_in_tiny_pieces() -> None:
    capture = Capture(keep=2**17)
    tracemalloc.start()
    for _ in range(60_000):
        capture.add(b"0123456789")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert capture.total == 600_000
    assert peak < 2**19


def test_the_tail_is_the_last_clean_lines() -> None:
    capture = Capture()
    capture.add(b"start of it\nmiddle\n\x1b[1mone\x1b[0m\ntwo\n")
    assert capture.tail(lines=2) == "one\ntwo"


def test_what_a_model_reads_of_a_large_capture_has_both_ends_and_the_counts() -> None:
    capture = Capture(keep=10_000)
    for number in range(50_000):
        capture.add(f"line {number}\n".encode())
    shown = capture.for_model(max_lines=20, max_bytes=2000)
    assert shown.startswith("line 0\nline 1\n")
    assert shown.endswith("line 49998\nline 49999\n")
    assert "49,982 lines" in shown


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1500, "1.5 kB"), (999_960, "1.0 MB"),
     (2_500_000_000, "2.5 GB")],
)  # fmt: skip
def test_sizes_are_readable(size: int, text: str) -> None:
    assert human_size(size) == text

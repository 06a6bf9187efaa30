"""Pictures are known by their bytes, and damaged ones before any service sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goose_agent.tools.picture_file import (
    LARGEST_PICTURE,
    BrokenPicture,
    begins_a_picture,
    picture_of,
)
from support.pictures import gif, jpeg, png, webp

SOUND = {
    "image/png": png(1200, 800),
    "image/jpeg": jpeg(1200, 800),
    "image/gif": gif(1200, 800),
}
WEBP = {kind: webp(1200, 800, kind=kind) for kind in ("VP8X", "VP8L", "VP8 ")}


@pytest.mark.parametrize("media_type", SOUND)
def test_kind_and_size_come_from_the_bytes(media_type: str) -> None:
    found = picture_of(SOUND[media_type], "it.txt")
    assert found is not None
    assert (found.media_type, found.width, found.height) == (media_type, 1200, 800)
    assert (found.data, found.name) == (SOUND[media_type], "it.txt")


@pytest.mark.parametrize("kind", WEBP)
def test_every_kind_of_webp_tells_its_size(kind: str) -> None:
    found = picture_of(WEBP[kind])
    assert found is not None
    assert (found.media_type, found.width, found.height) == ("image/webp", 1200, 800)


@pytest.mark.parametrize("data", [*SOUND.values(), *WEBP.values()], ids=[*SOUND, *WEBP])
def test_a_picture_that_is_cut_off_anywhere_is_never_taken(data: bytes) -> None:
    for end in range(16, len(data)):
        with pytest.raises(BrokenPicture, match=r"cut off|damaged"):
            picture_of(data[:end])


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"%PDF-1.7", b"\x89PNG", b"RIFF\0\0\0\0WAVE", b"BM"]
)
def test_what_is_no_picture_is_none(data: bytes) -> None:
    assert picture_of(data) is None
    assert not begins_a_picture(data)


@pytest.mark.parametrize("data", [png(0, 3), jpeg(0, 5), gif(4, 0)])
def test_a_picture_without_a_size_is_damaged(data: bytes) -> None:
    with pytest.raises(BrokenPicture, match="damaged"):
        picture_of(data)


def test_a_picture_may_be_only_so_large() -> None:
    with pytest.raises(BrokenPicture, match=r"is larger than 20\.0 MB"):
        picture_of(png(size=LARGEST_PICTURE))


def test_no_chain_of_blocks_is_followed_for_ever() -> None:
    endless = gif()[:-1] + b"\x21\xfe" + b"\x01\x00" * 500_000
    with pytest.raises(BrokenPicture):
        picture_of(endless)
    with pytest.raises(BrokenPicture):
        picture_of(png()[:33] + bytes(12) * 500_000)


@given(
    st.sampled_from([*SOUND.values(), *WEBP.values()]),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6),
    st.integers(0, 10_000),
)
def test_whatever_the_bytes_are_they_are_a_picture_or_not(
    data: bytes, changes: list[tuple[int, int]], end: int
) -> None:
    changed = bytearray(data)
    for at, value in changes:
        changed[at % len(changed)] = value
    try:
        found = picture_of(bytes(changed[: end % (len(changed) + 1)]))
    except BrokenPicture as error:
        assert str(error).startswith("is ")
    else:
        assert found is None or (found.width > 0 and found.height > 0)

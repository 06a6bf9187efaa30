"""Files that a message mentions go with it, whole or cut in the open, or the message comes back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from goose_agent.commands import FindFiles, Interrupt, SteerQueued
from goose_agent.events import AttachedText, FilesFound, MessageRefused, Picture
from goose_agent.messages import Image, Text
from goose_agent.providers.model import ModelInfo, ModelRequest, TextDelta
from goose_agent.providers.picture_limits import PictureLimits
from goose_agent.sessions.library import Library
from goose_agent.state.records import UserRecord
from support.engine import Face, Rig
from support.models import Answer, FakeModel, said
from support.pictures import gif, jpeg, png


def put(rig: Rig, name: str, data: bytes) -> Path:
    path = rig.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def words(request: ModelRequest) -> str:
    parts = [part for message in request.messages for part in message.parts]
    return "\n".join(part.text for part in parts if isinstance(part, Text))


def images(request: ModelRequest) -> list[Image]:
    parts = [part for message in request.messages for part in message.parts]
    return [part for part in parts if isinstance(part, Image)]


async def refusal(face: Face, text: str) -> MessageRefused:
    """Why a message came back; nothing of it is on record, and the next one is taken."""
    said_before = face.data("user.message")
    await face.submit(text)
    await face.until(lambda: face.data("message.refused"))
    refused = face.data("message.refused")[-1]
    assert isinstance(refused, MessageRefused)
    assert refused.text == text
    assert face.data("user.message") == said_before
    await face.ask("well then")
    assert face.state.turn
    assert face.state.turn.reason == "done"
    return refused


async def test_a_text_stands_between_fences_that_nothing_in_it_can_end(
    rig: Rig, model: FakeModel
) -> None:
    put(rig, "docs/notes.md", b"one\n```\ntwo ````\n")
    async with rig.session() as face:
        await face.ask("sum up @docs/notes.md, please")
    told = words(model.requests[0])
    assert told == (
        "sum up @docs/notes.md, please\n"
        "Attached file docs/notes.md:\n\n`````\none\n```\ntwo ````\n`````"
    )
    (record,) = [r for r in face.state.records if isinstance(r, UserRecord)]
    assert record.attachments == (AttachedText("docs/notes.md", "one\n```\ntwo ````", 17, 3),)


async def test_a_long_text_is_cut_and_says_so(rig: Rig, model: FakeModel) -> None:
    put(rig, "log.txt", b"".join(b"line %06d\n" % number for number in range(20_000)))
    model.info = ModelInfo("fake/one", window=100_000)
    async with rig.session() as face:
        await face.ask("@log.txt")
    told = words(model.requests[0])
    assert "Attached file log.txt, only its first 4166 lines (49,991 of 240,000 bytes):" in told
    assert told.endswith("line 004165\n```")


async def test_a_picture_is_kept_once_and_sent_with_each_request(
    rig: Rig, model: FakeModel
) -> None:
    data = png(1200, 800)
    put(rig, "shot.txt", data)
    put(rig, "again.png", data)
    async with rig.session() as face:
        await face.ask("look at @shot.txt")
        await face.ask("and at @again.png")
    assert [image.data for image in images(model.requests[0])] == [data]
    assert [image.data for image in images(model.requests[1])] == [data, data]
    first = images(model.requests[0])[0]
    assert (first.media_type, first.width, first.height) == ("image/png", 1200, 800)
    assert "Attached picture shot.txt:" in words(model.requests[0])
    events = [event for event in face.events if event.type == "user.message"]
    assert [list(event.blobs) for event in events] == [["picture 1"], ["picture 1"]]
    assert len({sha for event in events for sha in event.blobs.values()}) == 1
    assert all(len(repr(event)) < 2000 for event in events)


async def test_a_message_sent_again_and_a_session_after_a_kill_still_show_the_picture(
    rig: Rig, model: FakeModel
) -> None:
    data = png(64, 64)
    shot = put(rig, "shot.png", data)
    async with rig.session() as face:
        await face.ask("look at @shot.png")
    shot.unlink()
    async with rig.resumed(face.session_id) as again:
        await again.ask("what was on it?")
    assert [image.data for image in images(model.requests[-1])] == [data]


async def test_what_waits_in_the_queue_keeps_what_it_was_written_with(
    rig: Rig, model: FakeModel
) -> None:
    gate = anyio.Event()
    model.answers = [Answer((TextDelta("hm"),), gate, said("done.").pieces), said("seen")]
    shot = put(rig, "shot.png", png(8, 8))
    async with rig.session() as face:
        await face.submit("begin")
        await face.until(lambda: model.requests)
        await face.submit("then look at @shot.png")
        await face.until(lambda: face.state.queue)
        (queued,) = face.state.queue
        assert [each.name for each in queued.attachments] == ["shot.png"]
        shot.unlink()
        await face.tell(SteerQueued(queued.message_id))
        gate.set()
        await face.until(lambda: len(model.requests) == 2)
        await face.idle()
    assert [image.data for image in images(model.requests[1])] == [png(8, 8)]


async def test_names_that_name_nothing_are_words(rig: Rig, model: FakeModel) -> None:
    (rig.folder / "media").mkdir()
    text = (
        "@property @angular/core @pytest.fixture @media (max) @/x/Button.tsx @.. @/ @x[/ ask@me.org"
    )
    async with rig.session() as face:
        await face.ask(text)
    assert words(model.requests[0]) == text
    assert not face.data("message.refused")


FAULTS = {
    "cut": ("@cut.png", "cut.png is cut off: its end is missing."),
    "named a picture": ("@gone.png", "gone.png does not exist."),
    "in a folder that is there": ("@src/gone.py", "src/gone.py does not exist."),
    "quoted": ('@"no such"', "no such does not exist."),
    "folder": ("@src/", "src is a folder: only files can be attached."),
    "pipe": ("@pipe.png", "pipe.png cannot be read: not a regular file."),
    "empty": ("@empty.png", "empty.png is empty: there is nothing to attach."),
    "other": ("@paper.png", "paper.png is neither text nor a picture: PDF document, 11 bytes."),
    "dead link": ("@dead.png", "dead.png is a link that leads nowhere."),
    "large": ("@large.png", "large.png is larger than 20.0 MB."),
    "text outside": (
        "@../secret.txt",
        "../secret.txt lies outside of the project: only pictures can be attached from there.",
    ),
    "linked text": ("@linked.txt", "linked.txt leads out of the project, to {base}/secret.txt."),
    "linked picture": ("@linked.png", "linked.png leads out of the project, to {base}/far.png."),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_message_comes_back_with_what_is_wrong(
    rig: Rig, model: FakeModel, fault: str
) -> None:
    put(rig, "cut.png", png(64, 64)[:-20])
    put(rig, "empty.png", b"")
    put(rig, "paper.png", b"%PDF-1.7\n\0\0")
    put(rig, "src/main.py", b"x = 1\n")
    put(rig, "large.png", png(size=20_000_001) if fault == "large" else b"")
    (rig.base / "secret.txt").write_text("secret", encoding="utf-8")
    (rig.base / "far.png").write_bytes(png())
    os.mkfifo(rig.folder / "pipe.png")
    (rig.folder / "dead.png").symlink_to("nowhere.png")
    (rig.folder / "linked.txt").symlink_to(rig.base / "secret.txt")
    (rig.folder / "linked.png").symlink_to(rig.base / "far.png")
    mention, sentence = FAULTS[fault]
    async with rig.session() as face:
        refused = await refusal(face, f"see {mention} and src")
    assert refused.reason.startswith(sentence.format(base=rig.base))
    assert refused.hint


async def test_a_picture_may_come_from_anywhere_it_is_named_by(rig: Rig, model: FakeModel) -> None:
    (rig.base / "Desktop").mkdir()
    far = rig.base / "Desktop" / "my shot.png"
    far.write_bytes(png(20, 10))
    async with rig.session() as face:
        await face.ask(f'look at @"{far}"')
    (picture,) = face.state.records[0].attachments  # type: ignore[union-attr] # a message
    assert isinstance(picture, Picture)
    assert (picture.name, picture.width) == (str(far), 20)
    assert len(images(model.requests[0])) == 1


async def test_too_many_files_and_too_much_text_come_back(rig: Rig, model: FakeModel) -> None:
    names = [f"{number}.txt" for number in range(21)]
    for number, name in enumerate(names):
        put(rig, name, b"x" * (45_000 if number < 5 else 10))
    async with rig.session() as face:
        many = await refusal(face, " ".join(f"@{name}" for name in reversed(names)))
        assert many.reason == "More than 20 files are mentioned."
    async with rig.session() as face:
        long = await refusal(face, " ".join(f"@{name}" for name in names[:5]))
        assert long.reason == "The files that are mentioned are longer than 200.0 kB together."


async def test_our_own_keys_in_a_file_are_masked(tmp_path: Path, model: FakeModel) -> None:
    rig = Rig(tmp_path, {"fake/one": model}, environ={"OPENAI_API_KEY": "sk-very-secret-value"})
    put(rig, ".env", b"KEY=sk-very-secret-value\n")
    async with rig.session() as face:
        await face.ask("@.env")
    assert "KEY=[secret:" in words(model.requests[0])
    assert "very-secret" not in repr(face.events)


async def test_a_model_that_sees_nothing_reads_a_line_and_the_person_is_told_once(
    rig: Rig, model: FakeModel
) -> None:
    model.info = ModelInfo("fake/one", window=10_000, sees=False)
    put(rig, "shot.png", png(1200, 800))
    async with rig.session() as face:
        await face.ask("look at @shot.png")
        await face.ask("well?")
    assert not images(model.requests[1])
    line = "[shot.png, image/png, 1200×800, is not shown: this model cannot see pictures.]"
    assert line in words(model.requests[1])
    async with rig.resumed(face.session_id) as again:
        await again.ask("and now?")
        notices = [notice.text for notice in again.data("notice")]
    assert notices == ["fake/one cannot see pictures: it reads a line of text in their place."]


async def test_a_picture_that_the_service_would_refuse_never_spoils_the_conversation(
    rig: Rig, model: FakeModel
) -> None:
    model.info = ModelInfo("fake/one", window=10_000, pictures=PictureLimits(size=2000))
    put(rig, "large.png", png(size=3000))
    put(rig, "small.png", png())
    async with rig.session() as face:
        refused = await refusal(face, "@large.png")
        assert refused.reason.startswith("large.png cannot be sent: it has 3.1 kB, and fake/one")
        await face.ask("@small.png")
        assert len(images(model.requests[-1])) == 1
    model.info = ModelInfo("fake/one", pictures=PictureLimits(size=50))
    async with rig.resumed(face.session_id) as again:
        await again.ask("go on")
        notices = [notice.text for notice in again.data("notice")]
    assert not images(model.requests[-1])
    assert notices == [
        f"small.png is not shown to the model: it has {len(png())} bytes, and fake/one takes "
        "50 bytes."
    ]


async def test_a_picture_that_is_damaged_on_record_is_a_line_of_text(
    rig: Rig, model: FakeModel
) -> None:
    put(rig, "shot.png", png())
    async with rig.session() as face:
        await face.ask("@shot.png")
    path = Library(rig.places.sessions).path(face.session_id)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE blobs SET data = ? WHERE data = ?", (jpeg(), png()))
    async with rig.resumed(face.session_id) as again:
        await again.ask("well?")
        (notice,) = again.data("notice")
    assert notice.text == "shot.png is not shown to the model: it is missing from the record."
    assert not images(model.requests[-1])
    assert "is not shown: it is missing from the record.]" in words(model.requests[-1])


async def test_of_too_many_pictures_the_oldest_are_left_out(rig: Rig, model: FakeModel) -> None:
    pictures = {name: png(size=1000 + at) for at, name in enumerate(("a.png", "b.png", "c.png"))}
    for name, data in pictures.items():
        put(rig, name, data)
    model.info = ModelInfo("fake/one", window=10_000, pictures=PictureLimits(total=2500))
    async with rig.session() as face:
        for name in pictures:
            await face.ask(f"@{name}")
        assert [image.name for image in images(model.requests[-1])] == ["b.png", "c.png"]
        await face.ask("@c.png")
    assert [image.name for image in images(model.requests[-1])] == ["c.png", "c.png"]
    assert "a.png, image/png, 4×3, is not shown: there are too many" in words(model.requests[-1])


async def test_a_picture_counts_by_its_size_in_pixels(rig: Rig, model: FakeModel) -> None:
    put(rig, "shot.png", png(1500, 500, size=400_000))
    async with rig.session() as face:
        await face.ask("@shot.png")
    (built,) = face.data("context.built")
    (shown,) = [segment for segment in built.added if segment.kind == "image"]
    assert 990 <= shown.tokens <= 1010
    (asked,) = face.data("model.requested")
    assert asked.picture_tokens == 1000
    assert asked.picture_size > 400_000
    assert built.size < 10_000  # words only
    assert face.state.context.size == built.size


async def test_a_gif_stays_out_of_requests_to_who_takes_none(rig: Rig, model: FakeModel) -> None:
    model.info = ModelInfo("fake/one", window=1000, pictures=PictureLimits(("image/png",)))
    put(rig, "a.gif", gif())
    async with rig.session() as face:
        refused = await refusal(face, "@a.gif")
    assert refused.reason == "a.gif cannot be sent: fake/one takes no image/gif."


# Finding


async def test_files_are_found_by_letters_of_their_paths(rig: Rig, model: FakeModel) -> None:
    for name in (
        "src/parser.py",
        "src/parse_test.py",
        "docs/spare.md",
        "build/parser.py",
        "a b.py",
    ):
        put(rig, name, b"")
    put(rig, "odd\u202egnp.py", b"")
    rig.write(".gitignore", "build/\n")
    (rig.folder / ".git").mkdir()

    async with rig.session() as face:

        async def find(query: str) -> tuple[str, ...]:
            await face.tell(FindFiles(query))
            await face.until(lambda: face.data("files.found") and _last(face).query == query)
            return _last(face).paths

        assert await find("parse") == ("src/parser.py", "src/parse_test.py")
        assert await find("spy") == ("src/parser.py", "src/parse_test.py")
        assert (await find("SPARE"))[0] == "docs/spare.md"
        assert set(await find("")) == {
            ".gitignore", "a b.py", "docs/spare.md", "src/parser.py", "src/parse_test.py"
        }  # fmt: skip
        assert await find("nothing like it") == ()
        await face.tell(Interrupt())


def _last(face: Face) -> FilesFound:
    found = face.data("files.found")[-1]
    assert isinstance(found, FilesFound)
    return found


async def test_what_is_kept_from_the_agent_is_neither_attached_nor_listed(
    rig: Rig, model: FakeModel
) -> None:
    put(rig, "private/plan.txt", b"the plan")
    put(rig, "notes.txt", b"notes")
    (rig.folder / "link.txt").symlink_to("private/plan.txt")
    put(rig, ".gooseignore", b"private/\n")
    async with rig.session() as face:
        names = ("private/plan.txt", "./private/../private/plan.txt", "link.txt")
        for name in names:
            await face.submit(f"see @{name}")
        await face.until(lambda: len(face.data("message.refused")) == len(names))
        words_of_all = {each.reason.partition(" ")[2] for each in face.data("message.refused")}
        kept = "is kept from the agent by a .gooseignore or a rule: it is not attached."
        assert words_of_all == {kept}
        await face.ask("see @notes.txt")
        await face.tell(FindFiles("txt"))
        await face.until(lambda: face.data("files.found"))
        assert set(_last(face).paths) == {"notes.txt"}
        # A line that comes later holds for the next message.
        put(rig, ".gooseignore", b"private/\nnotes.txt\n")
        await face.submit("see @notes.txt")
        await face.until(lambda: len(face.data("message.refused")) == len(names) + 1)
    assert "the plan" not in "".join(map(words, model.requests))

"""Commands typed as `/word`, the list above the composer that completes them, and their dialogs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from goose_agent.commands import SetEffort, SetMode, SetModel
from goose_agent.config.places import Places
from goose_agent.events import ListedCommand, Mode
from goose_agent.evolve import evolve
from goose_agent.providers.model import ModelInfo
from goose_agent.sessions.library import Library
from goose_agent.state.records import UserRecord
from goose_agent.state.session_state import SessionState, Spent
from goose_agent.wire import Fork
from goose_tui.slash.command import Report
from goose_tui.slash.completing import Completing, rank
from goose_tui.slash.table import SLASH, run_slash
from support.models import FakeModel, said
from support.workbench import Workbench, script

ASKS = script(
    """
    - calls: [{tool: ask_user, arguments: {question: "Which list?", choices: [mine, yours]}}]
    - text: The first is done.
    - text: The second is done.
    - text: The third is done.
    """
)


class PlainFace:
    """A face without a screen, as far as commands know one."""

    detach = 0.0

    def __init__(self, mode: Mode = "smart") -> None:
        self.state: SessionState | None = SessionState(
            session_id="s-1", folder="/work", model="fake/one", mode=mode, mode_before="edits"
        )
        self.told: list[object] = []
        self.said: list[str] = []
        self.reports: list[Report] = []
        self.written_commands: Sequence[ListedCommand] = ()

    def tell(self, command: object) -> None:
        self.told.append(command)

    def say(self, words: str) -> None:
        self.said.append(words)

    def report(self, report: Report) -> None:
        self.reports.append(report)

    def leave(self) -> object:
        self.told.append("leave")
        return None

    def start_anew(self) -> object:
        self.told.append("start anew")
        return None

    def fork(self, fork: Fork, *, draft: str = "", prompt: str = "") -> object:
        self.told.append((fork, draft, prompt))
        return None

    def record_file(self, session_id: str) -> Path:
        return Path("/sessions") / f"{session_id}.db"

    def completed(self, extension: str, prompt: str, argument: str, value: str) -> Sequence[str]:
        return ()

    def known_models(self) -> Sequence[ModelInfo]:
        return (ModelInfo("fake/one", 8000), ModelInfo("fake/two", 200_000, None, 1.0, 2.0))


# Without a screen


def test_every_command_without_a_screen_runs_in_a_plain_face_or_says_it_cannot() -> None:
    for slash in SLASH:
        face = PlainFace()
        assert run_slash(face, f"/{slash.name} {'on' if slash.name == 'step' else ''}") == "done"
        assert face.told or face.said or face.reports, slash.name


def test_a_command_that_needs_its_argument_says_how_it_is_written() -> None:
    face = PlainFace()
    run_slash(face, "/rename")
    assert face.said == ["/rename TITLE: give the session a title"]
    assert face.told == []


def test_leaving_plan_mode_goes_back_to_the_mode_before() -> None:
    face = PlainFace("plan")
    run_slash(face, "/plan off")
    assert face.told == [SetMode("edits")]


def test_leaving_plan_mode_outside_of_it_changes_nothing() -> None:
    face = PlainFace()
    run_slash(face, "/plan off")
    assert (face.told, face.said) == ([], ["plan mode is off: the mode is smart"])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/model fake/two", SetModel("fake/two")),
        ("/model main fake/two", SetModel("fake/two")),
        ("/model planning fake/two", SetModel("fake/two", "planning")),
        ("/model fast  two", SetModel("two", "fast")),
        ("/model review none", SetModel("", "review")),
        ("/effort high", SetEffort("high")),
        ("/effort off", SetEffort("off")),
        ("/effort default", SetEffort(None)),
    ],
)
def test_a_model_for_a_role_and_an_effort_are_set_by_name(line: str, told: object) -> None:
    face = PlainFace()
    run_slash(face, line)
    assert face.told == [told]


def test_models_and_efforts_are_listed_with_what_holds_now() -> None:
    face = PlainFace()
    assert face.state is not None
    face.state = evolve(face.state, models={"planning": "fake/two"}, effort="low")
    run_slash(face, "/model planning")
    run_slash(face, "/effort")
    models, efforts = face.reports
    assert models.rows == (
        ("fake/one", "main: does the work"),
        ("fake/two", "planning: answers in plan mode"),
    )
    assert [row[0] for row in efforts.rows] == [
        "off",
        "low (now)",
        "medium",
        "high",
        "max",
        "default",
    ]


def test_cost_is_told_by_model_where_several_answered() -> None:
    face = PlainFace()
    assert face.state is not None
    own = {"fake/one": Spent(2, 4000, 10, unpriced=2), "fake/two": Spent(1, 100, 20, cost=0.5)}
    face.state = evolve(face.state, spent=Spent(3, 4100, 30, cost=0.5, unpriced=2), spent_by=own)
    run_slash(face, "/cost")
    assert face.reports[0].rows[-2:] == (
        ("fake/one", "4k in, 10 out, no price is known"),
        ("fake/two", "100 in, 20 out, $0.50"),
    )


@pytest.mark.parametrize(
    "line", ["/plan maybe", "/step sideways", "/mode yolo", "/effort much", "/effort High"]
)
def test_a_wrong_argument_is_refused(line: str) -> None:
    face = PlainFace()
    assert run_slash(face, line) == "done"
    assert face.told == []
    assert face.said


def test_what_is_no_command_is_left_to_the_model() -> None:
    face = PlainFace()
    for line in ("/etc/hosts", "hello /mode", "/mode\nplan and more", "/", "//"):
        assert run_slash(face, line) == "no command", line
    assert run_slash(face, "/nonsense") == "unknown"


# What fits


def test_a_beginning_fits_better_than_a_part_and_that_better_than_scattered_letters() -> None:
    ranks = [rank("mo", word) for word in ("mode", "remodel", "memo-zoo", "m-to-o")]
    assert None not in ranks
    assert ranks[0] == (0, 0)
    assert sorted(rank for rank in ranks if rank) == ranks[:1] + sorted(
        rank for rank in ranks[1:] if rank
    )
    assert rank("xyz", "mode") is None


def offered(text: str) -> list[str]:
    completing = Completing(PlainFace())
    completing.read(text, alone=True)
    return [offer.word for offer in completing.offers]


def test_names_and_arguments_are_offered_where_they_can_stand() -> None:
    assert len(offered("/")) == len(SLASH)
    assert offered("/mo")[:2] == ["model", "mode"]
    assert offered("/cl") == ["clear"]
    assert offered("/mode pl") == ["plan"]
    assert offered("/model two") == ["fake/two"]
    assert offered("/model plan") == ["planning"]
    assert offered("/model planning tw") == ["planning fake/two"]
    assert offered("/model fast no") == ["fast none", "fast fake/one", "fast fake/two"][:1]
    assert offered("/effort m") == ["medium", "max"]
    assert offered("/mode plan") == []
    assert offered("/rename x") == []
    assert offered("/etc/hosts") == []
    assert offered("no /mo") == []


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("/he", ("/help", True)),
        ("/help", None),
        ("/xi", ("/exit", False)),  # a likeness is shown before it is done
        ("/ren", ("/rename ", False)),
        ("/mode pl", ("/mode plan", True)),
        ("/mode ", None),
        ("/mode an", None),
    ],
)
def test_enter_takes_what_was_begun_and_never_a_mere_likeness(
    typed: str, taken: tuple[str, bool] | None
) -> None:
    completing = Completing(PlainFace())
    completing.read(typed, alone=True)
    assert completing.take(send=True) == taken


# On the screen


async def test_a_slash_lists_the_commands_and_escape_puts_the_list_away(home: Path) -> None:
    async with Workbench(home).running(80, 24) as bench:
        await bench.type("/")
        await bench.sees("/help", "/model [ROLE] [MODEL]", f"1 of {len(SLASH)}")
        await bench.press("up")
        await bench.sees(f"{len(SLASH)} of {len(SLASH)}", "› /exit")
        await bench.press("escape")
        await bench.misses("/exit")
        assert bench.draft == "/"
        await bench.type("mo")
        await bench.misses("/model [")


async def test_tab_completes_a_command_and_its_argument(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.type("/mod")
        await bench.sees("/mode [MODE]")
        await bench.press("down", "tab")
        assert bench.draft == "/mode "
        await bench.sees("runs all but what always asks")
        await bench.type("ed")
        await bench.press("tab")
        assert bench.draft == "/mode edits"
        await bench.press("enter")
        await bench.until(lambda: bench.state.mode == "edits")
        assert bench.draft == ""


async def test_what_is_chosen_with_the_arrows_is_what_enter_does(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.type("/mode ")
        await bench.press("down", "enter")
        await bench.until(lambda: bench.state.mode == "plan")


async def test_a_list_of_offers_keeps_the_arrows_from_the_history(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("hello")
        await bench.idle()
        await bench.type("/t")
        await bench.press("up")
        assert bench.draft == "/t"
        await bench.press("escape", "up")
        assert bench.draft == "hello"


async def test_themes_are_completed(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.type("/theme lin")
        await bench.sees("linen")
        await bench.press("enter")
        await bench.until(lambda: bench.app.start.look.name == "linen")


async def test_plan_mode_is_entered_and_left(home: Path) -> None:
    async with Workbench(home, mode="edits").running() as bench:
        await bench.send("/plan")
        await bench.until(lambda: bench.state.mode == "plan")
        await bench.send("/plan off")
        await bench.until(lambda: bench.state.mode == "edits")


async def test_a_new_session_takes_the_place_of_the_one_before(home: Path) -> None:
    bench = Workbench(home, script("[{text: Hello to you.}]"))
    async with bench.running(120, 26):
        await bench.send("hello")
        await bench.idle()
        await bench.send("/mode edits")
        await bench.until(lambda: bench.state.mode == "edits")
        former = bench.app.session_id
        view = bench.app.bridge.sessions[former]
        await bench.send("/clear")
        await bench.until(lambda: bench.app.session_id != former)
        await bench.sees(f"goose-tui --resume {former}", "folder")
        await bench.misses("Hello to you.")
        await bench.until(lambda: former not in bench.app.bridge.sessions)
        assert view.state.ended
        assert (bench.state.mode, bench.state.folder) == ("edits", str(bench.folder))
        await bench.send("once more")
        await bench.idle()
        await bench.sees("▌ once more")
    ids = Library(Places.of({"GOOSE_TUI_HOME": str(home)}).sessions).ids()
    assert sorted(ids) == sorted([former, bench.app.session_id])


async def test_a_new_session_keeps_who_does_what_and_how_hard_to_think(home: Path) -> None:
    bench = Workbench(home)
    async with bench.running():
        other = FakeModel(info=ModelInfo("scripted/other", window=10_000))
        bench.rig.with_model(other)
        await bench.send("/model planning scripted/other")
        await bench.until(lambda: bench.state.models == {"planning": "scripted/other"})
        await bench.send("/effort high")
        await bench.until(lambda: bench.state.effort == "high")
        former = bench.app.session_id
        await bench.send("/new")
        await bench.until(lambda: bench.app.session_id not in ("", former) and bench.state.seq)
        assert bench.state.models == {"planning": "scripted/other"}
        assert bench.state.effort == "high"


async def test_a_new_session_that_cannot_be_opened_leaves_the_old_one(home: Path) -> None:
    bench = Workbench(home)
    async with bench.running():
        former = bench.app.session_id
        bench.rig.models.clear()
        await bench.send("/new")
        await bench.sees("There is no scripted/model")
        assert bench.app.session_id == former
        await bench.send("/rename still here")
        await bench.until(lambda: bench.state.title == "still here")


async def test_the_last_message_comes_back_into_the_composer(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("/edit")
        await bench.sees("you have said nothing yet")
        await bench.send("add a flag")
        await bench.idle()
        await bench.type("/edit")
        await bench.press("enter")
        await bench.until(lambda: bench.draft == "add a flag")


async def test_the_queue_is_moved_edited_and_dropped(home: Path) -> None:
    async with Workbench(home, ASKS).running() as bench:
        await bench.send("go")
        await bench.dialog()
        bench.app.pop_screen()  # the question waits on; the queue is what this is about
        for text in ("one", "two", "three"):
            bench.app.submit(text)
        await bench.until(lambda: len(bench.state.queue) == 3)
        bench.app.show_queue()
        await bench.sees("enter edits, K J move, s steers, d drops")
        await bench.press("J")
        await bench.until(lambda: queued(bench) == ["two", "one", "three"])
        await bench.press("J")
        await bench.until(lambda: queued(bench) == ["two", "three", "one"])
        await bench.press("K")
        await bench.until(lambda: queued(bench) == ["two", "one", "three"])
        await bench.press("d")
        await bench.until(lambda: queued(bench) == ["two", "three"])
        await bench.press("s")
        await bench.until(lambda: any(item.steer for item in bench.state.queue))
        await bench.press("home", "enter")
        await bench.until(lambda: len(bench.state.queue) == 1)
        assert bench.draft in ("two", "three")


def queued(bench: Workbench) -> list[str]:
    return [item.text for item in bench.state.queue]


async def test_a_message_is_steered_into_the_turn(home: Path) -> None:
    async with Workbench(home, ASKS).running() as bench:
        await bench.send("go")
        await bench.dialog()
        run_slash(bench.app, "/steer mind the tests", bench.app)
        await bench.until(lambda: bench.state.queue)
        await bench.answer("1", "enter")
        await bench.idle()
        records = [item for item in bench.state.records if isinstance(item, UserRecord)]
        assert [(item.text, item.steer) for item in records][1] == ("mind the tests", True)


async def test_over_ssh_without_tmux_it_is_said_what_a_drop_would_mean(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Workbench(home)
    async with bench.running(80, 24):
        await bench.until(lambda: bench.opened)
        assert "SSH" not in bench.screen_text()
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
    bench = Workbench(home)
    async with bench.running(80, 24):
        await bench.sees("SSH, no tmux: a drop stops what runs; goose-tui -c goes on")
        await bench.send("/status")
        await bench.sees("connection")


async def test_status_cost_and_tools_are_told(home: Path) -> None:
    model = script("[{text: Hello., usage: {input_tokens: 2100, output_tokens: 90}}]")
    async with Workbench(home, model).running(120, 40) as bench:
        await bench.send("hello")
        await bench.idle()
        await bench.send("/status")
        await bench.sees("Status", "scripted/model", bench.state.session_id, ".db", "2.2k")
        await bench.press("escape")
        await bench.send("/cost")
        await bench.sees("2,100 tokens", "90 tokens", "no price is known")
        await bench.press("escape")
        await bench.send("/tools")
        await bench.sees("Tools", "update_plan", "starts programs", "changes files", "looks")


async def test_a_model_is_picked_from_those_that_can_be_used(home: Path) -> None:
    environ = {"ANTHROPIC_API_KEY": "key-0123456789", "OLLAMA_HOST": "127.0.0.1:1"}
    environ["ANTHROPIC_HOST"] = "http://127.0.0.1:1"
    bench = Workbench(home, environ=environ)
    async with bench.running(100, 26):
        await bench.send("/model")
        await bench.sees("Models", "scripted/model", "answers now")
        await bench.until(lambda: "anthropic/" in bench.screen_text())
        setup = bench.app.start.setup
        assert setup is not None
        wanted = setup().known_models()[-1].name
        bench.rig.with_model(FakeModel([said("Here.")], ModelInfo(wanted)))
        await bench.type(wanted)
        await bench.press("enter")
        await bench.until(lambda: bench.state.model == wanted)


async def test_a_model_that_is_too_small_is_taken_with_a_warning(home: Path) -> None:
    model = script("[{text: Hello., usage: {input_tokens: 9000, output_tokens: 90}}]")
    bench = Workbench(home, model)
    async with bench.running(100, 26):
        await bench.send("hello")
        await bench.idle()
        small = FakeModel([said("Here.")], ModelInfo("fake/small", window=4000))
        bench.rig.with_model(small)
        await bench.send(f"/model {small.info.name}")
        await bench.until(lambda: bench.state.model == small.info.name)
        await bench.sees("Go back with /model scripted/model")
        assert bench.notices == [
            "This model's window is smaller: the conversation fills 227 % of it."
        ]


async def test_the_header_tells_who_answers_and_what_for(home: Path) -> None:
    planner = FakeModel([said("First this.")], ModelInfo("fake/planner", 50_000))
    bench = Workbench(home)
    bench.rig.with_model(planner)
    async with bench.running():
        await bench.send("/model planning fake/planner")
        await bench.until(lambda: bench.state.models)
        await bench.sees("planning model fake/planner")
        await bench.send("hello")
        await bench.idle()
        await bench.send("/mode plan")
        await bench.until(lambda: bench.line(0).endswith("fake/planner (planning) "))
        await bench.sees("fake/planner (planning) answers: plan mode")
        await bench.send("plan it")
        await bench.sees("First this.")
        await bench.send("/status")
        await bench.sees("answers now", "fake/planner (planning): plan mode", "for planning")
        await bench.press("escape")
        await bench.send("/mode smart")
        await bench.until(lambda: bench.line(0).endswith("scripted/model "))


async def test_a_model_for_a_role_is_picked_from_a_list(home: Path) -> None:
    environ = {"ANTHROPIC_API_KEY": "key-0123456789", "OLLAMA_HOST": "127.0.0.1:1"}
    environ["ANTHROPIC_BASE_URL"] = "http://127.0.0.1:1"
    bench = Workbench(home, environ=environ)
    async with bench.running():
        await bench.send("/model review")
        await bench.sees("Models for review", "is there for it")
        setup = bench.app.start.setup
        assert setup is not None
        wanted = setup().known_models()[-1].name
        await bench.until(lambda: "anthropic/" in bench.screen_text())
        bench.rig.with_model(FakeModel(info=ModelInfo(wanted)))
        await bench.type(wanted)
        await bench.press("enter")
        await bench.until(lambda: bench.state.models == {"review": wanted})
        assert bench.state.model == "scripted/model"


async def test_the_effort_is_chosen_in_the_palette(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.press("ctrl+p")
        await bench.sees("/effort [EFFORT]                    how hard", "/help")
        await bench.type("effort high")
        await bench.press("enter")
        await bench.until(lambda: bench.state.effort == "high")
        await bench.sees("thinking effort high")


async def test_a_session_that_begins_in_plan_mode_still_greets(home: Path) -> None:
    bench = Workbench(home, mode="plan")
    bench.rig.with_model(FakeModel(info=ModelInfo("fake/planner")))
    settings = bench.rig.places.settings
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("models: {planning: fake/planner}", encoding="utf-8")
    async with bench.running():
        await bench.sees("What shall we do?", "fake/planner (planning)")
        assert len(bench.state.records) == 0


# Commands that people wrote


async def test_a_command_that_a_person_wrote_is_offered_with_the_others_and_sent(
    home: Path,
) -> None:
    folder = home / ".goose" / "commands"
    folder.mkdir(parents=True)
    (folder / "greet-all.md").write_text(
        "---\ndescription: greet \x1b[31msomebody\n---\nGreet $1 warmly.", encoding="utf-8"
    )
    async with Workbench(home).running() as bench:
        await bench.type("/gre")
        await bench.sees("/greet-all", "greet", "somebody")
        await bench.press("tab")
        await bench.type("Ada")
        await bench.press("enter")
        await bench.sees("Greet Ada warmly.")


async def test_a_shell_command_behind_an_exclamation_mark_runs_without_the_model(
    home: Path,
) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("!echo from $((40 + 2))")
        await bench.sees("I ran `echo from $((40 + 2))`", "from 42")
        assert not bench.state.working

"""Questions as lines, and what a typed line answers to them."""

from __future__ import annotations

import msgspec
import pytest

from goose_agent.events import (
    Approval,
    ApprovalAnswer,
    ApprovalPart,
    CompactionAnswer,
    CompactionReview,
    Preview,
    Proposal,
    Question,
    QuestionAnswer,
    Reason,
)
from goose_agent.events.requests import Answer
from goose_agent.evolve import evolve
from goose_agent.state.records import UserRecord
from goose_agent.state.session_state import Pending, SessionState
from goose_agent.state.vector import Vector
from goose_tui.plain.decisions import Explanation, Unclear
from goose_tui.plain.questions import answer_words, prompt_of, question_lines, read_answer

PROPOSALS = (
    Proposal('allow shell exactly: "make"', "exactly this", ("make -j2",)),
    Proposal("allow shell: make *", "every command that begins with make"),
)
HUNKS = ("@@ -1 +1 @@\n-a\n+b\n", "@@ -9 +9 @@\n-c\n+d\n")


def approval(**fields: object) -> Approval:
    asked = Approval(
        "c1",
        "shell",
        "make",
        Preview("command", "make"),
        (Reason("rule", "ask shell: make *", "r-1", "/home/x/rules.yaml:3"),),
        "shell make",
        PROPOSALS,
        effects=("runs make: what it may do is not known",),
        folder="/work",
        arguments={"command": "make"},
    )
    return msgspec.structs.replace(asked, **fields)


def lines(asked: Approval, waiting: int = 1) -> list[str]:
    pending = Pending("r", asked, 1, 0)
    return question_lines(pending, SessionState(pending=(pending,) * waiting))


OPEN = Question("c2", "Which?", ("red", "blue"), free_text=True)
CLOSED = Question("c2", "Which?", ("red", "blue"), free_text=False)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("y", ApprovalAnswer("once")),
        (" Y ", ApprovalAnswer("once")),
        ("a1", ApprovalAnswer("session", rule=PROPOSALS[0].line)),
        ("a2 user", ApprovalAnswer("session", rule=PROPOSALS[1].line, scope="user")),
        ("a2 turn", ApprovalAnswer("session", rule=PROPOSALS[1].line, scope="turn")),
        ('e {"command": "ls"}', ApprovalAnswer("edit", arguments={"command": "ls"})),
        ("h 2", ApprovalAnswer("hunks", hunks=(1,))),
        ("h 2, 1,", ApprovalAnswer("hunks", hunks=(0, 1))),
        ("d", ApprovalAnswer("deny")),
        ("d not now", ApprovalAnswer("deny", "not now")),
        ("r 3 passed", ApprovalAnswer("result", result="3 passed")),
        ("s", ApprovalAnswer("stop")),
        ("x", Explanation()),
    ],
)
def test_a_letter_answers(text: str, answer: Answer | Explanation) -> None:
    assert read_answer(approval(hunks=HUNKS), text) == answer


@pytest.mark.parametrize(
    "text",
    [
        *("", "yes", "y please", "a", "a0", "a3", "a1 forever", "1", "s now", "x y", "é"),
        *("e 1", "e {", "h 0", "h 3", "h 1-2", "h " + "9" * 5000, "h -1", "yy", "a1x"),
    ],
)
def test_what_is_not_clear_decides_nothing(text: str) -> None:
    found = read_answer(approval(hunks=HUNKS), text)
    assert isinstance(found, Unclear)
    assert not found.prompt


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("e", "the arguments, as JSON in one line: "),
        ("h", "the numbers of the pieces: "),
        ("r ", "the result: "),
    ],
)
def test_a_letter_that_needs_words_asks_for_them(text: str, prompt: str) -> None:
    assert read_answer(approval(), text) == Unclear(prompt, text.strip())


def test_a_rule_that_is_not_offered_cannot_be_chosen() -> None:
    without = approval(rule="", proposals=())
    assert read_answer(without, "a1") == Unclear()
    assert prompt_of(without) == "your answer, y, e, d, r, s or x: "
    assert not any(line.startswith("a1") for line in lines(without))


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (CLOSED, "2", QuestionAnswer("blue")),
        (CLOSED, "3", Unclear()),
        (CLOSED, "green", Unclear()),
        (CLOSED, "0", QuestionAnswer("", declined=True)),
        (OPEN, "green", QuestionAnswer("green")),
        (OPEN, "1", QuestionAnswer("red")),
        (OPEN, "", Unclear()),
        (Question("c", "Why?", (), free_text=False), "so", QuestionAnswer("so")),
    ],
)
def test_a_question_is_answered_by_number_or_in_words(
    question: Question, text: str, answer: Answer | Unclear
) -> None:
    assert read_answer(question, text) == answer


def test_a_call_that_was_cut_off_can_be_run_again_skipped_or_answered_for() -> None:
    question = Question("c2", "It ended.", ("Run it again", "Skip it"), True, "outcome", "Skip it")
    pending = Pending("r", question, 1, 0)
    assert question_lines(pending, SessionState(pending=(pending,))) == [
        "waiting for you: a call was cut off",
        "  It ended.",
        "1 Run it again",
        "2 Skip it",
        "0 no answer",
    ]
    assert read_answer(question, "1") == QuestionAnswer("Run it again")
    assert read_answer(question, "3 passed") == QuestionAnswer("3 passed")


ANSWERS = [
    "d deny, d NOTE deny with a reason",
    "r TEXT do not run, the agent gets this as the result",
    "s deny and stop",
    "x let a model explain it",
]


def test_all_that_is_known_of_a_call_is_told_and_every_answer() -> None:
    asked = approval(
        parts=(ApprovalPart("ls", "allow", "it only reads"), ApprovalPart("make", "ask", "rule")),
        provenance=("x.example (an address) first appeared in the output of call c0 (read R)",),
    )
    assert lines(asked, 2) == [
        "waiting for you: may this run? (1 of 2) shell: make",
        "  would: runs make: what it may do is not known",
        "  part 1, allow: ls (it only reads)",
        "  part 2, ask: make (rule)",
        "  why: ask shell: make * [rule r-1, /home/x/rules.yaml:3]",
        "  from outside: x.example (an address) first appeared in the output of call c0 (read R)",
        "  folder: /work",
        "  sandbox: none",
        "  command: make",
        "y once",
        'a1 rule: allow shell exactly: "make" (exactly this)',
        "  it would have let run: make -j2",
        "a2 rule: allow shell: make * (every command that begins with make)",
        "  how long stands behind it: a1 turn, session (if nothing), project or user",
        'e JSON run with other arguments than {"command": "make"}',
        *ANSWERS,
    ]
    assert prompt_of(asked) == "your answer, y, a1 to a2, e, d, r, s or x: "


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ls\ny once\n\x1b[2Jrm -r x", ["line 1: ls", "line 2: y once", "line 3: ␛[2Jrm -r x"]),
        ("rm a\u202eb", ["command: rm a⟨U+202E⟩b"]),
        ("rm a\u200bb", ["command: rm a⟨U+200B⟩b"]),
        ("ls\u00a0-a", ["command: ls⟨U+00A0⟩-a"]),
        ("ls\r\nx", ["line 1: ls␍", "line 2: x"]),
    ],
)
def test_nothing_in_a_command_can_hide(text: str, shown: list[str]) -> None:
    told = lines(approval(preview=Preview("command", text)))
    at = told.index("  sandbox: none") + 1
    body = [line for line in told[at : told.index("y once")] if "command of" not in line]
    assert body == [f"  {line}" for line in shown]


@pytest.mark.parametrize(
    "field", ["summary", "folder", "sandbox", "effects", "parts", "reasons", "provenance"]
)
def test_no_field_can_pass_for_a_line_of_ours(field: str) -> None:
    trick = "x\ny once\x1b[2J\u202e"
    values: dict[str, object] = {
        "effects": (trick,),
        "provenance": (trick,),
        "parts": (ApprovalPart(trick, "ask", trick),),
        "reasons": (Reason("rule", trick, trick, trick),),
    }
    told = lines(approval(**{field: values.get(field, trick)}))
    assert told.count("y once") == 1
    assert not any("\x1b" in line or "\u202e" in line or "\n" in line for line in told)


def test_a_diff_is_shown_whole_with_its_count() -> None:
    diff = "".join(f"+line {at}\n" for at in range(500))
    told = lines(approval(preview=Preview("diff", diff, "a.py")))
    at = told.index("  change of a.py, 500 lines:")
    assert told[at + 1 : at + 501] == [f"  +line {at}" for at in range(500)]


def test_pieces_of_a_change_have_numbers() -> None:
    told = lines(approval(preview=Preview("diff", "".join(HUNKS), "a.py"), hunks=HUNKS))
    at = told.index("  change of a.py, 6 lines:")
    assert told[at + 1 : at + 9] == [
        "  piece 1 of 2:",
        "  @@ -1 +1 @@",
        "  -a",
        "  +b",
        "  piece 2 of 2:",
        "  @@ -9 +9 @@",
        "  -c",
        "  +d",
    ]
    assert "h 1,3 make only these pieces" in told


def test_a_question_of_several_lines_stays_behind_its_words() -> None:
    asked = Question("c", "Look:\nwaiting for you: may this run?", ("a\nb",), free_text=False)
    assert question_lines(Pending("r", asked, 1, 0), SessionState()) == [
        "waiting for you: the agent asks",
        "  Look:",
        "  waiting for you: may this run?",
        "1 a␊b",
        "0 no answer",
    ]


REVIEW = CompactionReview(
    "k1", "threshold", "summarize", 9, ("user:5:",), (), "## Intent\nMend it.", 8_000, 2_000,
    10_000, "fake/one", 0.25, 3.0, "", 20, 60.0,
)  # fmt: skip
TALK = SessionState(
    records=Vector([UserRecord("e1", 1, 1, "Never touch a/b.py."), UserRecord("e5", 5, 1, "go")])
)


def test_a_compaction_is_told_with_its_summary_and_what_is_at_risk() -> None:
    pending = Pending("r", REVIEW, 7, 0)
    assert question_lines(pending, evolve(TALK, pending=(pending,))) == [
        "waiting for you: Sum the conversation up? The window is nearly full: "
        "about 8k to 2k tokens (80 to 20 %)",
        "  of 2 pieces 1 stay word for word",
        "  a call reads for $0.02 now, $0.0060 then",
        "  summed up by fake/one, $0.25",
        "  20 % of the results were too much for it to read",
        "  the summary:",
        "  ## Intent",
        "  Mend it.",
        "  at risk, in what goes and not in what stays: 2",
        "    instruction: Never touch a/b.py.",
        "    path: a/b.py",
        "  without a word from you it holds in 60 s; any line stops that",
        "y accept",
        "n leave the conversation as it is",
        "a TEXT accept, with this added to the summary",
        "e TEXT accept, with this summary in its place",
        "f TEXT sum up anew, with this in focus",
    ]
    assert prompt_of(REVIEW) == "your answer, y, n, a, e or f: "


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("y", CompactionAnswer("accept")),
        ("N", CompactionAnswer("cancel")),
        ("a never a/b.py", CompactionAnswer("accept", "## Intent\nMend it.\n\nnever a/b.py")),
        ("e All of it.", CompactionAnswer("accept", "All of it.")),
        ("f the file", CompactionAnswer("recompute", focus="the file")),
        ("a", Unclear("what is to be added to the summary: ", "a")),
        ("yes", Unclear()),
        ("", Unclear()),
        ("wait", Unclear()),
    ],
)
def test_what_a_line_answers_to_a_compaction(text: str, given: object) -> None:
    assert read_answer(REVIEW, text) == given


def test_without_a_summary_there_is_nothing_to_add_to() -> None:
    bare = evolve(REVIEW, way="clear", summary="")
    assert read_answer(bare, "a more") == Unclear()
    assert prompt_of(bare) == "your answer, y or n: "
    assert answer_words(CompactionAnswer("accept", "x")) == "accepted, with other words"
    assert answer_words(CompactionAnswer("cancel")) == "refused: the conversation stays as it is"
    again = CompactionAnswer("recompute", focus="a\nb")
    assert answer_words(again) == "to be summed up anew, with focus on a␊b"

"""Pages of the web: as Markdown, host by host through the gate, and never from a private network."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from goose_agent.addresses import read_web_address
from goose_agent.commands import AnswerRequest
from goose_agent.events import Approval, ApprovalAnswer
from goose_agent.extensions.choosing import own_extensions
from goose_agent.extensions.fetch.page_text import page_text
from support.engine import Face, Rig
from support.models import FakeModel, calls, said

PAGE = """<!doctype html><html><head><title>The  page</title><style>p {}</style>
<body><nav>menu</nav><h1>Head &amp; shoulders</h1><script>alert(1)</script>
<p>Some <b>bold</b> words and <a href="/next?a=1">a link</a>.<br>New line
<ul><li>one<li>two <ol><li>deep</ol></ul>
<pre>def f():
    return 1</pre><table><tr><th>a<th>b</tr><tr><td>1<td>2</tr></table>
<blockquote>said</blockquote><img src=x alt="a cat"><a href="javascript:x()">no</a>"""


class _Site(BaseHTTPRequestHandler):
    """Answers a few paths; keeps which were asked."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(f"{self.headers['Host']}{self.path}")
        port = self.headers["Host"].rpartition(":")[2]
        ways = {
            "/away": f"http://localhost:{port}/secret",
            "/here": "/page",
            "/round": "/round",
            "/metadata": "http://169.254.169.254/latest",
        }
        if self.path in ways:
            self.send_response(302)
            self.send_header("Location", ways[self.path])
            self.end_headers()
            return
        kind, body = "text/html; charset=utf-8", PAGE.encode()
        if self.path == "/long":
            kind, body = "text/plain", b"x" * 70_000
        if self.path == "/blob":
            kind, body = "application/zip", b"PK\0\0"
        self.send_response(404 if self.path == "/gone" else 200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def site(asked: list[str]) -> Iterator[str]:
    handler = type("Site", (_Site,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def near(rig: Rig) -> Rig:
    """A rig whose person lets this machine be asked."""
    rig.made = own_extensions
    rig.places.config.mkdir(parents=True)
    rig.places.settings.write_text("private_hosts: ['127.0.0.1']", encoding="utf-8")
    return rig


def get(url: str, **more: int) -> tuple[str, str]:
    return "fetch", json.dumps({"url": url, **more})


async def fetched(face: Face, model: FakeModel, url: str, **more: int) -> str:
    model.answers = [*[said("done.")] * len(model.requests), calls(get(url, **more))]
    await face.ask("get it")
    return str(face.data("tool.finished")[-1].text)


async def test_a_page_is_read_as_markdown(near: Rig, model: FakeModel, site: str) -> None:
    async with near.session() as face:
        text = await fetched(face, model, f"{site}/page#part")
    assert text.startswith(f"{site}/page:\n\n# The page\n\n# Head & shoulders")
    for piece in (
        f"Some **bold** words and [a link]({site}/next?a=1).\nNew line",
        "- one\n- two\n  1. deep",
        "```\ndef f():\n    return 1\n```",
        "| a | b |\n| 1 | 2 |",
        "> said",
        "[picture: a cat]",
    ):
        assert piece in text
    assert "alert" not in text and "menu" not in text and "javascript" not in text


async def test_a_redirect_to_another_host_is_not_followed_but_told(
    near: Rig, model: FakeModel, site: str, asked: list[str]
) -> None:
    async with near.session() as face:
        assert "# The page" in await fetched(face, model, f"{site}/here")
        text = await fetched(face, model, f"{site}/away")
        assert "redirects to http://localhost:" in text and "nothing was asked" in text
        assert "169.254.169.254" in await fetched(face, model, f"{site}/metadata")
        assert "redirects more than" in await fetched(face, model, f"{site}/round")
    assert not any("secret" in path for path in asked)


async def test_nothing_is_sent_to_a_private_address_that_nobody_allowed(
    near: Rig, model: FakeModel, site: str, asked: list[str]
) -> None:
    port = site.rpartition(":")[2]
    async with near.session() as face:
        for host in ("localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0"):
            text = await fetched(face, model, f"http://{host}:{port}/page")
            assert "private address" in text or "no host" in text, host
    assert asked == []


async def test_each_host_is_asked_about_and_a_rule_speaks_of_it(
    near: Rig, model: FakeModel, site: str, asked: list[str]
) -> None:
    model.answers = [calls(get(f"{site}/page"), get("http://example.invalid/x"))]
    async with near.session(mode="smart") as face:
        await face.submit("get it")
        first, second = await face.pending(2)
        assert isinstance(first.subject, Approval) and isinstance(second.subject, Approval)
        assert first.subject.reasons[0].text == "fetch asks 127.0.0.1 on the network"
        assert [proposal.line for proposal in first.subject.proposals] == [
            f'allow fetch exactly: "{site}/page"',
            "allow(host=127.0.0.1) fetch",
        ]
        assert asked == []
        line = first.subject.proposals[1].line
        allow = ApprovalAnswer("session", rule=line)
        await face.tell(AnswerRequest(first.request_id, allow))
        await face.tell(AnswerRequest(second.request_id, ApprovalAnswer("deny")))
        await face.idle()
        assert "# The page" in await fetched(face, model, f"{site}/page?again")
    assert len(asked) == 2


async def test_a_host_that_a_rule_denies_is_not_asked_in_any_mode(
    near: Rig, model: FakeModel, site: str, asked: list[str]
) -> None:
    (near.places.config / "rules.yaml").write_text(
        "rules:\n  - {effect: deny, host: 127.0.0.1}\n", encoding="utf-8"
    )
    async with near.session(mode="auto") as face:
        assert (await fetched(face, model, f"{site}/page")).startswith("Not run:")
    assert asked == []


async def test_a_long_text_is_read_in_pieces_and_an_error_is_told(
    near: Rig, model: FakeModel, site: str
) -> None:
    async with near.session() as face:
        assert "start=30000 reads on" in await fetched(face, model, f"{site}/long")
        assert "60,000 to 70,000" not in await fetched(face, model, f"{site}/long", start=60_000)
        assert "status 404" in await fetched(face, model, f"{site}/gone")
        assert "application/zip" in await fetched(face, model, f"{site}/blob")


@pytest.mark.parametrize(
    "text",
    [
        "ftp://a.b/c",
        "http://user:word@a.b/",
        "http://a.b\\@c.d/",
        "http://a.b@c.d/",
        "http://a b/",
        "http://ex\u0430mple.com/",
        "http://a.b/\r\nHost: c",
        "http://a.b:99999/",
        "//a.b/",
        "http://-a.b/",
        "http://a..b/",
        "",
    ],
)
def test_an_address_that_can_be_read_in_two_ways_is_none(text: str) -> None:
    assert read_web_address(text) is None


def test_an_address_is_spoken_to_as_it_is_judged() -> None:
    found = read_web_address("HTTPS://Docs.Example.com:8443?q=1#part")
    assert found is not None
    assert (str(found), found.host) == ("https://docs.example.com:8443/?q=1", "docs.example.com")


def test_a_page_without_end_and_depth_is_read_all_the_same() -> None:
    assert page_text("<ul><li>" * 5000 + "deep" + "</a></pre>" * 9, "http://a.b/").endswith("deep")

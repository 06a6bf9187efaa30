"""The extension that reads pages of the web."""

from __future__ import annotations

from anyio import to_thread

from goose_agent.addresses import read_web_address
from goose_agent.extensions.fetch.download import Download, download
from goose_agent.extensions.host import ExtensionHost
from goose_agent.tools.picture_file import BrokenPicture, picture_of
from goose_agent.tools.tool import CallContext, Extension, ToolFailure, ToolOutput, tool

__all__ = ["Fetch"]

_MOST = 30_000
"""Characters that are read at once."""
_TEXTS = ("text/", "application/json", "application/xml", "application/javascript")
_AGENT = "goose-tui (a person's coding agent)"


class Fetch(Extension):
    """Gets a page and gives it as Markdown.

    Args:
        host: names a proxy, and the private hosts that may be asked.
    """

    name = "fetch"

    def __init__(self, host: ExtensionHost) -> None:
        self._environ = host.environ
        self._private = host.settings.private_hosts

    @tool(effect="net", url="url", summary="url")
    async def fetch(self, call: CallContext, url: str, start: int = 0) -> ToolOutput:
        """Read a page of the web as Markdown, or a text file or picture there (GET, http or https).

        Args:
            call: The running call.
            url: The whole address.
            start: Where to begin, in characters, to read on.
        """
        address = read_web_address(url)
        if address is None:
            raise ToolFailure(
                "url must be a plain http or https address, without name, password, blanks or "
                "letters beyond ASCII. Nothing was sent."
            )
        found = await download(address, _AGENT, self._environ, self._private)
        if found.elsewhere and 300 <= found.status < 400:
            return ToolOutput(
                f"{found.address} redirects to {found.elsewhere}, where nothing was asked yet. "
                "Call fetch with that address if it is the right one."
            )
        return await to_thread.run_sync(_output, call, found, max(0, start))


def _output(call: CallContext, found: Download, start: int) -> ToolOutput:
    failed = found.status >= 400
    if found.kind.startswith("image/") and not failed:
        return _picture(call, found)
    text = _text(found)
    piece = text[start : start + _MOST]
    if not piece and text:
        raise ToolFailure(f"It has only {len(text):,} characters.")
    end = start + len(piece)
    remarks = []
    if end < len(text):
        remarks.append(f"[characters {start:,} to {end:,} of {len(text):,}; start={end} reads on]")
    if found.cut:
        remarks.append("[it is larger than 5 MB: only its beginning was read]")
    status = f" (status {found.status})" if failed else ""
    lines = [f"{found.address}{status}:", "", piece or "(nothing)", *remarks]
    return ToolOutput("\n".join(lines), is_error=failed)


def _text(found: Download) -> str:
    from goose_agent.extensions.fetch.page_text import page_text  # only for whoever fetches

    html = found.kind in ("text/html", "application/xhtml+xml")
    known = html or found.kind.startswith(_TEXTS) or found.kind.endswith(("+json", "+xml"))
    if not known and (found.kind or b"\0" in found.body[:4096]) and found.status < 400:
        what = found.kind or "no text"
        raise ToolFailure(f"{found.address} is {what}: only texts and pictures can be read.")
    try:
        text = found.body.decode(found.charset, "replace")
    except LookupError:
        text = found.body.decode("utf-8", "replace")
    return page_text(text, found.address) if html else text


def _picture(call: CallContext, found: Download) -> ToolOutput:
    name = found.address.rpartition("/")[2].partition("?")[0] or "picture"
    try:
        picture = picture_of(found.body, name)
    except BrokenPicture as error:
        raise ToolFailure(f"{found.address} {error}.") from None
    if picture is None:
        raise ToolFailure(f"{found.address} is {found.kind}, which cannot be shown.")
    if why := call.unseen(picture):
        raise ToolFailure(f"It is a {picture.words}. You cannot be shown it: {why}.")
    return ToolOutput(f"{found.address}: {picture.words}.", pictures=(picture,))

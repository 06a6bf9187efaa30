"""A server that wants to be signed in at, with the pages for that: all on one port of this machine."""

from __future__ import annotations

import http.server
import json
import secrets
import threading
import urllib.request
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

__all__ = ["SignedServer"]


class SignedServer:
    """Says who calls it, to whoever has its token.

    Args:
        token: that it takes; empty for one that signing in gives.
    """

    def __init__(self, token: str = "") -> None:
        self.token = token or secrets.token_urlsafe(24)
        self.sign_ins = 0
        self.codes: set[str] = set()
        signed = self

        class Handler(_Handler):
            server_side = signed

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self.url = f"{self.origin}/mcp"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def consent(self, url: str) -> str:
        """Where the page sends a person who agrees."""
        asked = parse_qs(urlsplit(url).query)
        code = secrets.token_urlsafe(16)
        self.codes.add(code)
        return f"{asked['redirect_uri'][0]}?{urlencode({'code': code, 'state': asked['state'][0]})}"

    @staticmethod
    def visit(address: str) -> None:
        """Go there, as a browser."""
        with urllib.request.urlopen(address, timeout=10) as page:
            assert b"signed in" in page.read()


class _Handler(http.server.BaseHTTPRequestHandler):
    server_side: SignedServer

    def log_message(self, *args: object) -> None:
        pass

    def _send(self, status: int, body: object, **headers: str) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        origin = self.server_side.origin
        match self.path:
            case "/.well-known/oauth-protected-resource/mcp":
                self._send(200, {"resource": f"{origin}/mcp", "authorization_servers": [origin]})
            case "/.well-known/oauth-authorization-server":
                self._send(
                    200,
                    {
                        "issuer": origin,
                        "authorization_endpoint": f"{origin}/authorize",
                        "token_endpoint": f"{origin}/token",
                        "registration_endpoint": f"{origin}/register",
                        "response_types_supported": ["code"],
                        "grant_types_supported": ["authorization_code", "refresh_token"],
                        "code_challenge_methods_supported": ["S256"],
                        "token_endpoint_auth_methods_supported": ["none"],
                    },
                )
            case _:
                self._send(405 if self.path == "/mcp" else 404, {})

    def do_DELETE(self) -> None:
        self._send(200, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        match self.path:
            case "/register":
                wanted = json.loads(body)
                self._send(
                    201, {**wanted, "client_id": "goose", "token_endpoint_auth_method": "none"}
                )
            case "/token":
                self._token(parse_qs(body.decode()))
            case "/mcp":
                self._mcp(json.loads(body))
            case _:
                self._send(404, {})

    def _token(self, form: dict[str, list[str]]) -> None:
        code = form.get("code", [""])[0]
        if code not in self.server_side.codes or "code_verifier" not in form:
            self._send(400, {"error": "invalid_grant"})
            return
        self.server_side.codes.remove(code)
        self.server_side.sign_ins += 1
        self._send(200, {"access_token": self.server_side.token, "token_type": "Bearer"})

    def _mcp(self, message: dict[str, Any]) -> None:
        given = self.headers.get("Authorization", "")
        if given != f"Bearer {self.server_side.token}":
            where = f"{self.server_side.origin}/.well-known/oauth-protected-resource/mcp"
            self._send(401, {}, WWW_Authenticate=f'Bearer resource_metadata="{where}"')
            return
        number, method = message.get("id"), message.get("method")
        if number is None:
            self._send(202, {})
            return
        results: dict[str, Any] = {
            "initialize": {
                "protocolVersion": "2025-06-18",
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "shop", "version": "1"},
            },
            "tools/list": {"tools": [{"name": "whoami", "inputSchema": {"type": "object"}}]},
            "tools/call": {
                "content": [{"type": "text", "text": f"you are {given.removeprefix('Bearer ')}"}]
            },
        }
        if method in results:
            self._send(200, {"jsonrpc": "2.0", "id": number, "result": results[method]})
        else:
            error = {"code": -32601, "message": "no such method"}
            self._send(200, {"jsonrpc": "2.0", "id": number, "error": error})

"""A service account of Google Cloud, and the server that gives its tokens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

__all__ = ["Tokens", "service_account"]


class Tokens(ThreadingHTTPServer):
    """Gives token after token, each of which holds for so many seconds."""

    def __init__(self, lasts: int) -> None:
        super().__init__(("127.0.0.1", 0), _Giver)
        self.lasts = lasts
        self.given = 0
        self.refuses = False


class _Giver(BaseHTTPRequestHandler):
    server: Tokens

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
        pass

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.refuses or b"assertion=" not in asked:
            self._say(400, {"error": "invalid_grant", "error_description": "Not you."})
            return
        self.server.given += 1
        token = f"token-{self.server.given}-that-nobody-may-see"
        self._say(200, {"access_token": token, "expires_in": self.server.lasts})

    def _say(self, status: int, value: dict[str, object]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def service_account(folder: Path, lasts: int = 3600) -> Iterator[tuple[Path, Tokens]]:
    """The file of an account whose server runs for the time of the block."""
    server = Tokens(lasts)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "project_id": "parrot",
        "private_key_id": "one",
        "private_key": key.decode(),
        "client_email": "goose@parrot.example",
        "token_uri": f"http://127.0.0.1:{server.server_port}/token",
    }
    path = folder / "account.json"
    path.write_text(json.dumps(account), encoding="utf-8")
    try:
        yield path, server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

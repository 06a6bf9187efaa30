"""What opens Google Cloud: the credentials its own library finds, renewed as they run out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING

from goose_agent.errors import AuthError, ConfigError

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

__all__ = ["GoogleAuthority", "google_authority"]

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_SIGN_IN = (
    "Run: gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to the file "
    "of a service account."
)


class GoogleAuthority:
    """Brings the token that opens Google Cloud."""

    def __init__(self) -> None:
        self._credentials: Credentials | None = None
        self._renewing = Lock()

    def load(self) -> None:
        """Import what it needs."""
        import_module("google.auth.transport.requests")

    def headers(self, method: str, url: str, body: bytes) -> Mapping[str, str]:
        """The headers that open the service for one request.

        Raises:
            AuthError: there are no credentials, or they cannot be renewed.
        """
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request

        found: dict[str, str] = {}
        try:
            with self._renewing:
                if self._credentials is None:
                    self._credentials = self._find()
                sign = self._credentials.before_request
                sign(Request(), method, url, found)  # type: ignore[no-untyped-call] # as it ships
        except (GoogleAuthError, OSError, ValueError) as error:
            words = " ".join(str(error).split())[:300].rstrip(".")
            raise AuthError(
                f"The Google Cloud credentials cannot be used: {words}.", _SIGN_IN
            ) from error
        return found

    def _find(self) -> Credentials:
        import google.auth

        with warnings.catch_warnings():
            # It warns on stderr, which a screen may be drawn on.
            warnings.simplefilter("ignore")
            return google.auth.default(scopes=[_SCOPE])[0]


def google_authority() -> GoogleAuthority:
    """What opens Vertex AI; the library itself reads the environment.

    Raises:
        ConfigError: the library is missing.
    """
    if find_spec("google") is None or find_spec("google.auth") is None:
        raise ConfigError(
            "Vertex AI needs the package google-auth.",
            "Install it with: pip install 'goose-tui[vertex]'",
        )
    return GoogleAuthority()

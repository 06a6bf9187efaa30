"""What opens AWS: the credentials its own library finds, and a signature for each request."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from goose_agent.errors import AuthError, ConfigError
from goose_agent.providers.places import key_of, value_of

if TYPE_CHECKING:
    from botocore.credentials import Credentials

__all__ = ["AwsAuthority", "aws_authority"]

_NOT_THERE = (
    "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run: aws configure"
)


class AwsAuthority:
    """Signs requests to one service of AWS, with credentials that renew themselves.

    Args:
        service: its name in signatures.
        region: its region.
        environ: may hold a pair of keys or the name of a profile; without them the library looks
            where it looks for all programs.
        bearer: a key that makes all this needless; empty for none.
    """

    def __init__(
        self, service: str, region: str, environ: Mapping[str, str], bearer: str = ""
    ) -> None:
        self._service = service
        self._region = region
        self._environ = environ
        self._bearer = bearer
        self._credentials: Credentials | None = None
        self._finding = Lock()

    def load(self) -> None:
        """Import what it needs."""
        for name in ("auth", "eventstream", "session"):
            import_module(f"botocore.{name}")

    def headers(self, method: str, url: str, body: bytes) -> Mapping[str, str]:
        """The headers that open the service for one request.

        Raises:
            AuthError: there are no credentials, or they cannot be renewed.
        """
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import BotoCoreError, ClientError

        if self._bearer:
            return {"Authorization": f"Bearer {self._bearer}"}
        # The address without a password: it is no part of what is signed.
        place = urlsplit(url)
        plain = place._replace(netloc=place.netloc.rpartition("@")[2]).geturl()
        request = AWSRequest(method, plain, data=body)
        try:
            frozen = self._found().get_frozen_credentials()
            SigV4Auth(frozen, self._service, self._region).add_auth(request)
        except (BotoCoreError, ClientError) as error:
            words = " ".join(str(error).split()).rstrip(".")
            raise AuthError(f"The AWS credentials cannot be used: {words}.", _NOT_THERE) from error
        return dict(request.headers.items())

    def _found(self) -> Credentials:
        with self._finding:
            if self._credentials is None:
                self._credentials = self._find()
            return self._credentials

    def _find(self) -> Credentials:
        from botocore.credentials import Credentials
        from botocore.session import Session

        key, secret, token = (
            value_of(self._environ, f"AWS_{name}")
            for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")
        )
        if key and secret:
            return Credentials(key, secret, token or None)
        profile = value_of(self._environ, "AWS_PROFILE") or None
        found: Credentials | None = Session(profile=profile).get_credentials()
        if found is None:
            raise AuthError("No AWS credentials were found.", _NOT_THERE)
        return found


def aws_authority(environ: Mapping[str, str], bearer: str = "") -> AwsAuthority:
    """What opens Bedrock.

    Args:
        environ: the environment.
        bearer: a key of Bedrock's own; empty for none.

    Raises:
        ConfigError: the library is missing, or a variable is missing or malformed.
    """
    if find_spec("botocore") is None:
        raise ConfigError(
            "Amazon Bedrock needs the package botocore.",
            "Install it with: pip install 'goose-tui[bedrock]'",
        )
    region = value_of(environ, "AWS_REGION") or value_of(environ, "AWS_DEFAULT_REGION")
    if not region:
        raise ConfigError(
            "AWS_REGION is not set.", "Set it to the region of your models, such as us-east-1."
        )
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        key_of(environ, variable, needed=False)
    return AwsAuthority("bedrock", region, environ, bearer)

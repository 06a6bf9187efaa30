"""A server's certificate that nobody vouches for."""

from __future__ import annotations

import ssl

import trustme

__all__ = ["unproven"]


def unproven() -> ssl.SSLContext:
    """The server's side of TLS, with a certificate of an authority that no client knows."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context

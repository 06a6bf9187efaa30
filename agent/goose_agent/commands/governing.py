"""Rules and trust."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

__all__ = ["ListRules", "RemoveRule", "SetTrust"]


class ListRules(Struct, frozen=True):
    """Tell which rules there are; they come back as a transient `rules.listed`."""

    name: ClassVar[str] = "list_rules"


class RemoveRule(Struct, frozen=True):
    """Take a rule back, one of this session or of the person's file."""

    name: ClassVar[str] = "remove_rule"

    rule_id: str


class SetTrust(Struct, frozen=True):
    """Trust the folder's own files as they were shown, or never."""

    name: ClassVar[str] = "set_trust"

    answer: Literal["trusted", "never"]

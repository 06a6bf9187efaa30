"""Change a few fields of a frozen dataclass, quickly.

`dataclasses.replace` runs the whole constructor, field by field through `object.__setattr__`: for a
session's state or a call's record that takes longer than all else the reducer does for an event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    # The type checker knows `replace` and so checks the fields' names and types.
    from dataclasses import replace as evolve
else:
    from functools import cache

    T = TypeVar("T")

    @cache
    def _slots(kind: type) -> tuple:
        """Name, reader and writer of each slot; empty for a class without slots."""
        names = kind.__dict__.get("__slots__", ())
        members = [kind.__dict__[name] for name in names]
        return tuple((m.__name__, m.__get__, m.__set__) for m in members)

    def evolve(value: T, /, **changes: object) -> T:
        """The same with other values in some fields.

        Args:
            value: of a frozen dataclass without `__post_init__`.
            changes: the new values by field.
        """
        kind = type(value)
        made = object.__new__(kind)
        slots = _slots(kind)
        if not slots:
            fields = made.__dict__
            fields.update(value.__dict__)
            fields.update(changes)
            return made
        for name, read, write in slots:
            write(made, changes[name] if name in changes else read(value))
        return made


__all__ = ["evolve"]

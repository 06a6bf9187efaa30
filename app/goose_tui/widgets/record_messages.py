"""What a view of records tells its parent."""

from __future__ import annotations

from textual.message import Message
from textual.widget import Widget

__all__ = [
    "Activated",
    "CursorMoved",
    "EndInSight",
    "FollowChanged",
    "LinkClicked",
    "SelectionEnded",
]


class _FromView(Message, namespace="record_view"):
    """A message of one view.

    Args:
        view: it came from.
    """

    def __init__(self, view: Widget) -> None:
        super().__init__()
        self.view = view

    @property
    def control(self) -> Widget:
        """The view, for selectors of handlers."""
        return self.view


class Activated(_FromView, namespace="record_view"):
    """A record was chosen with Enter, or with a double click where no text is selected.

    Args:
        view: it came from.
        key: of the record.
    """

    def __init__(self, view: Widget, key: str) -> None:
        super().__init__(view)
        self.key = key


class CursorMoved(_FromView, namespace="record_view"):
    """The cursor is at another record.

    Args:
        view: it came from.
        key: of the record.
    """

    def __init__(self, view: Widget, key: str) -> None:
        super().__init__(view)
        self.key = key


class FollowChanged(_FromView, namespace="record_view"):
    """The end is followed from now on, or not any more.

    Args:
        view: it came from.
        following: whether it is.
    """

    def __init__(self, view: Widget, following: bool) -> None:
        super().__init__(view)
        self.following = following


class EndInSight(_FromView, namespace="record_view"):
    """The last line is seen from now on, or not any more.

    Args:
        view: it came from.
        seen: whether it is.
    """

    def __init__(self, view: Widget, seen: bool) -> None:
        super().__init__(view)
        self.seen = seen


class SelectionEnded(_FromView, namespace="record_view"):
    """Text was selected with the mouse.

    Args:
        view: it came from.
        text: what is selected.
    """

    def __init__(self, view: Widget, text: str) -> None:
        super().__init__(view)
        self.text = text


class LinkClicked(_FromView, namespace="record_view"):
    """A link was clicked.

    Args:
        view: it came from.
        key: of the record.
        target: an address or a path, as somebody else wrote it.
    """

    def __init__(self, view: Widget, key: str, target: str) -> None:
        super().__init__(view)
        self.key = key
        self.target = target

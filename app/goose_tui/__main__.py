"""`python -m goose_tui`: the same as the console command."""

from __future__ import annotations

import sys

from goose_tui.launch import main

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(main())

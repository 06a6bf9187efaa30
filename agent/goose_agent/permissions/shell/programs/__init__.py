"""What is known of programs: which calls of them only read, and what they read."""

from __future__ import annotations

from goose_agent.permissions.shell.programs.builtins import BUILTINS
from goose_agent.permissions.shell.programs.contents import CONTENTS
from goose_agent.permissions.shell.programs.files import FILES
from goose_agent.permissions.shell.programs.find import FIND
from goose_agent.permissions.shell.programs.git import GIT
from goose_agent.permissions.shell.programs.program import Reader
from goose_agent.permissions.shell.programs.scripts import SCRIPTS
from goose_agent.permissions.shell.programs.search import SEARCH
from goose_agent.permissions.shell.programs.system import SYSTEM
from goose_agent.permissions.shell.programs.versions import VERSIONS
from goose_agent.permissions.shell.programs.xxd import XXD

__all__ = ["READERS"]

READERS: dict[str, Reader] = {
    **VERSIONS,
    **FILES,
    **CONTENTS,
    **SEARCH,
    **SYSTEM,
    **BUILTINS,
    **FIND,
    **SCRIPTS,
    **XXD,
    **GIT,
}
"""Readers by the name of the program; a program that is not here may do anything."""

"""Whether a repository's own settings may run a program when git only reads.

The folder may come from anybody, and with it its `.git/config`: a plain `git status` runs what
`core.fsmonitor` names there. So every setting of the repository must be one that is known to run
nothing. Settings of the user and of the machine are theirs, and trusted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from goose_agent.permissions.shell.effects import Unproven
from goose_agent.permissions.shell.programs.git_index import has_submodules
from goose_agent.permissions.shell.programs.program import Folders

__all__ = ["check_repositories", "is_harmless_setting"]

_WHOLE_SECTIONS = frozenset(
    """
    branch user author committer color advice pull push fetch rebase commit tag gc pack index feature
    maintenance stash rerere blame http column i18n notes apply am versionsort receive transfer
    checkout submodule clone init gui
    """.split()
)
"""Sections in which nothing runs when git reads."""
_KEYS = frozenset(
    """
    core.repositoryformatversion core.filemode core.bare core.logallrefupdates core.ignorecase
    core.precomposeunicode core.symlinks core.autocrlf core.eol core.safecrlf core.abbrev
    core.quotepath core.sharedrepository core.untrackedcache core.preloadindex core.fsync
    core.fsyncmethod core.sparsecheckout core.sparsecheckoutcone core.longpaths core.commentchar
    core.trustctime core.checkstat core.protecthfs core.protectntfs core.hidedotfiles core.compression
    core.loosecompression core.bigfilethreshold core.packedgitlimit core.deltabasecachelimit
    core.multipackindex core.commitgraph core.whitespace core.excludesfile
    core.attributesfile core.notesref core.createobject
    remote.url remote.pushurl remote.fetch remote.push remote.mirror remote.tagopt remote.prune
    remote.prunetags remote.gh-resolved remote.skipfetchall remote.skipdefaultupdate remote.proxy
    remote.pushdefault remote.glab-resolved
    extensions.objectformat extensions.worktreeconfig extensions.refstorage extensions.preciousobjects
    extensions.relativeworktrees extensions.noop extensions.compatobjectformat
    diff.algorithm diff.renames diff.renamelimit diff.colormoved diff.colormovedws diff.noprefix
    diff.mnemonicprefix diff.context diff.interhunkcontext diff.wserrorhighlight diff.indentheuristic
    diff.relative diff.suppressblankempty diff.statgraphwidth diff.dirstat diff.ignoresubmodules
    merge.conflictstyle merge.ff merge.renames merge.renamelimit merge.stat merge.log merge.autostash
    log.date log.decorate log.abbrevcommit log.follow log.mailmap log.graphcolors log.showroot
    status.short status.branch status.relativepaths status.showuntrackedfiles status.renames
    status.aheadbehind status.showstash lfs.repositoryformatversion lfs.access
    """.lower().split()
)
"""Other settings with which nothing runs when git reads; without what a section is about."""
_BEGINS = frozenset(
    {"init.defaultbranch", "submodule.recurse", "submodule.active", "submodule.url"}
)
_RUN_WHEN_WRITING = frozenset({"init", "submodule", "gui", "receive", "maintenance"})
"""Sections of those with which something runs when git does more than read."""
_HEADER = re.compile(r'\[[ \t]*([A-Za-z0-9.-]+)(?:[ \t]+"(?:[^"\\]|\\.)*")?[ \t]*\]')
_SETTING = re.compile(r"([A-Za-z][A-Za-z0-9-]*)[ \t]*(?:=.*)?\Z")
_HEAD = re.compile(rb"ref:[ \t]*refs/[^\n]+\n?\Z|[0-9a-f]{40}(?:[0-9a-f]{24})?\n?\Z")
_LARGEST = 64 * 2**10
"""Bytes of a file of settings that is read."""
_HOOKS_OF_READING = ("post-index-change", "fsmonitor-watchman")


class _Repository(Struct, frozen=True):
    """Where git keeps what it knows."""

    own: Path
    """What belongs to this working folder."""
    common: Path
    """What all working folders of the repository share."""


def is_harmless_setting(key: str, value: str) -> bool:
    """Whether nothing runs because of a setting, whatever git does.

    Args:
        key: `section.key` or `section.subsection.key`.
        value: what it is set to.
    """
    section, _, rest = key.lower().partition(".")
    short = f"{section}.{rest.rpartition('.')[2]}"
    if short in _BEGINS or (section in _WHOLE_SECTIONS and section not in _RUN_WHEN_WRITING):
        return True
    if short in ("remote.url", "remote.pushurl"):
        return "::" not in value and not value.startswith("-")  # `ext::` names a program
    return short in _KEYS


def check_repositories(folders: Folders, *, looks_at_files: bool) -> None:
    """See to it that git runs nothing but itself.

    Args:
        folders: where it may be called.
        looks_at_files: whether it compares files with what it knows, those of submodules included.

    Raises:
        Unproven: a setting may run a program.
    """
    try:
        for repository in {each for folder in folders for each in _possible(folder)}:
            _check(repository, looks_at_files=looks_at_files)
    except OSError as error:
        raise Unproven(f"the repository's settings cannot be read: {error.strerror}") from None


def _check(repository: _Repository, *, looks_at_files: bool) -> None:
    for file in (repository.common / "config", repository.own / "config.worktree"):
        if not file.exists():
            continue
        for key in _settings(file):
            section, _, _ = key.partition(".")
            if section not in _WHOLE_SECTIONS and key not in _KEYS:
                raise Unproven(f"the repository sets `{key}`, which may run a program")
    for hook in _HOOKS_OF_READING:
        if (repository.common / "hooks" / hook).exists():
            raise Unproven(f"the repository has the hook {hook}")
    if looks_at_files and _may_have_submodules(repository.own):
        raise Unproven("git would look into submodules, with their settings")


def _may_have_submodules(own: Path) -> bool:
    index = own / "index"
    if any(own.glob("sharedindex.*")):
        return True
    return index.exists() and has_submodules(index.read_bytes())


def _possible(folder: Path) -> Iterator[_Repository]:
    """The repositories git may use in a folder: the first that is whole, and broken ones before it.

    Raises:
        Unproven: one lies in the open, as a download may bring one along.
    """
    for above in (folder, *folder.parents):
        entry = above / ".git"
        if entry.exists():
            repository = _with_common(_git_folder(entry))
            yield repository
            if _is_whole(repository):
                return
        if (above / "HEAD").exists() and (above / "objects").exists():
            raise Unproven(f"{above} is a repository without a working folder")


def _git_folder(entry: Path) -> Path:
    if entry.is_dir():
        return entry
    text = entry.read_text(encoding="utf-8", errors="replace")
    return Path(os.path.normpath(entry.parent / text.removeprefix("gitdir:").strip()))


def _is_whole(repository: _Repository) -> bool:
    """Whether git takes it for a repository, and looks no further up."""
    head = repository.own / "HEAD"
    if not all((repository.common / name).is_dir() for name in ("objects", "refs")):
        return False
    return head.exists() and _HEAD.match(head.read_bytes()[:256]) is not None


def _with_common(own: Path) -> _Repository:
    shared = own / "commondir"
    if not shared.exists():
        return _Repository(own, own)
    named = shared.read_text(encoding="utf-8", errors="replace").strip()
    return _Repository(own, Path(os.path.normpath(own / named)))


def _settings(file: Path) -> Iterator[str]:
    """The names of all settings in a file, as `section.name`, without what the section is about.

    Raises:
        Unproven: the file is not plain.
    """
    content = file.read_bytes()
    if len(content) > _LARGEST:
        raise Unproven(f"{file} is too long to check")
    section = ""
    for line in content.decode("latin-1").removeprefix("\u00ef\u00bb\u00bf").split("\n"):
        rest = line.strip(" \t\r")
        if rest.endswith("\\"):
            raise Unproven(f"{file} is not plain")
        if header := _HEADER.match(rest):
            section = header[1].lower().partition(".")[0]
            rest = rest[header.end() :].strip(" \t")
        if not rest or rest[0] in "#;":
            continue
        setting = _SETTING.match(rest)
        if setting is None or not section:
            raise Unproven(f"{file} is not plain")
        yield f"{section}.{setting[1].lower()}"

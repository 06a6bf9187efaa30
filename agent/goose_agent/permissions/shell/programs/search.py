"""Programs that search in files, or for files."""

from __future__ import annotations

from goose_agent.permissions.shell.effects import Unproven
from goose_agent.permissions.shell.programs.program import Call, Program, table

__all__ = ["SEARCH"]


def _no_devices(call: Call) -> None:
    """With `-D read` grep would read from a device for ever."""
    if "read" in call.values("D", "devices"):
        raise Unproven("grep would read devices")


_GREP_LONG = (
    "extended-regexp fixed-strings basic-regexp perl-regexp regexp= file= ignore-case "
    "no-ignore-case word-regexp line-regexp null-data no-messages invert-match max-count= "
    "byte-offset line-number line-buffered with-filename no-filename label= only-matching quiet "
    "silent binary-files= text directories= recursive dereference-recursive include= exclude= "
    "exclude-from= exclude-dir= files-without-match files-with-matches count initial-tab null "
    "before-context= after-context= context= group-separator= no-group-separator color[=] "
    "colour[=] binary devices= unix-byte-offsets"
)

SEARCH = table(
    Program(
        "grep egrep fgrep ggrep",
        short="0123456789aA:bB:cC:d:D:e:Ef:FGhHiIlLm:nNopPqrRsTuUvVwxyzZ",
        long=_GREP_LONG,
        reads="f file exclude-from",
        text=1,
        text_options="e regexp f file",
        here=True,
        here_options="r R recursive dereference-recursive",
        links="R dereference-recursive",
        glob_values="include exclude exclude-dir",
        check=_no_devices,
    ),
    Program(
        "rg",
        short="0aA:bB:cC:d:e:E:f:Fg:hHiIj:lLm:M:nNopPqr:sSt:T:uUvVwx.",
        long="after-context= auto-hybrid-regex no-auto-hybrid-regex before-context= binary no-binary "
        "block-buffered no-block-buffered byte-offset no-byte-offset case-sensitive color= colors= "
        "column no-column context= context-separator= no-context-separator count count-matches "
        "crlf no-crlf debug dfa-size-limit= encoding= no-encoding engine= field-context-separator= "
        "field-match-separator= file= files files-with-matches files-without-match fixed-strings "
        "no-fixed-strings follow no-follow glob= glob-case-insensitive no-glob-case-insensitive "
        "heading no-heading hidden no-hidden iglob= ignore-case ignore-file= "
        "ignore-file-case-insensitive no-ignore-file-case-insensitive include-zero no-include-zero "
        "invert-match no-invert-match json no-json line-buffered no-line-buffered line-number "
        "no-line-number line-regexp max-columns= max-columns-preview no-max-columns-preview "
        "max-count= max-depth= maxdepth= max-filesize= mmap no-mmap multiline no-multiline "
        "multiline-dotall no-multiline-dotall no-config no-ignore ignore no-ignore-dot ignore-dot "
        "no-ignore-exclude ignore-exclude no-ignore-files ignore-files no-ignore-global "
        "ignore-global no-ignore-messages ignore-messages no-ignore-parent ignore-parent "
        "no-ignore-vcs ignore-vcs no-messages messages no-require-git require-git no-unicode unicode "
        "null null-data one-file-system no-one-file-system only-matching path-separator= passthru "
        "passthrough pcre2 no-pcre2 pcre2-version pretty quiet regex-size-limit= regexp= replace= "
        "smart-case sort= sortr= sort-files no-sort-files stats no-stats stop-on-nonmatch text "
        "no-text threads= trace trim no-trim type= type-not= type-add= type-clear= type-list "
        "unrestricted vimgrep with-filename no-filename word-regexp no-search-zip no-pre "
        "hyperlink-format=",
        reads="f file ignore-file",
        text=1,
        text_options="e regexp f file files type-list",
        globs=False,
        here=True,
        links="L follow",
    ),
    Program(
        "fd fdfind",
        short="HIusigFad:Lpt:e:E:S:j:0q1c:o:",
        long="hidden no-hidden no-ignore ignore no-ignore-vcs ignore-vcs no-ignore-parent "
        "no-require-git unrestricted case-sensitive ignore-case glob regex fixed-strings and= "
        "absolute-path relative-path follow no-follow full-path print0 max-depth= min-depth= "
        "exact-depth= exclude= prune type= extension= size= changed-within= changed-before= newer= "
        "older= changed-after= owner= format= max-results= quiet show-errors threads= color= "
        "hyperlink[=] path-separator= search-path= ignore-file= strip-cwd-prefix[=] "
        "one-file-system mount xdev no-global-ignore-file",
        reads="search-path ignore-file",
        text=1,
        globs=False,
        here=True,
        links="L follow",
    ),
)

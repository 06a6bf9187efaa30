"""Options that several of git's commands share; none of them writes or runs anything."""

from __future__ import annotations

__all__ = ["DIFF", "DIFF_SHORT", "LOG", "LOG_SHORT", "REVISIONS"]

DIFF_SHORT = "pusU::zRabwWDl:S:G:cmrtM::B::C::X::I:"
DIFF = """
patch no-patch unified[=] output-indicator-new= output-indicator-old= output-indicator-context= raw
patch-with-raw indent-heuristic no-indent-heuristic minimal patience histogram anchored=
diff-algorithm= stat[=] stat-width= stat-name-width= stat-graph-width= stat-count= compact-summary
numstat shortstat dirstat[=] cumulative dirstat-by-file[=] summary patch-with-stat name-only
name-status color[=] no-color color-moved[=] no-color-moved color-moved-ws= no-color-moved-ws
word-diff[=] word-diff-regex= color-words[=] no-renames rename-empty no-rename-empty check
ws-error-highlight= full-index binary abbrev[=] no-abbrev break-rewrites[=] find-renames[=]
find-copies[=] find-copies-harder irreversible-delete diff-filter= find-object= pickaxe-all
pickaxe-regex skip-to= rotate-to= relative[=] no-relative text ignore-cr-at-eol ignore-space-at-eol
ignore-space-change ignore-all-space ignore-blank-lines ignore-matching-lines= inter-hunk-context=
function-context exit-code quiet no-ext-diff no-textconv ignore-submodules[=] src-prefix= dst-prefix=
no-prefix default-prefix line-prefix= ita-invisible-in-index ita-visible-in-index
"""
REVISIONS = """
max-count= skip= since= after= until= before= since-as-filter= author= committer= grep-reflog= grep=
all-match invert-grep regexp-ignore-case basic-regexp extended-regexp fixed-strings perl-regexp
remove-empty merges no-merges min-parents[=] max-parents[=] no-min-parents no-max-parents first-parent
exclude-first-parent-only not all branches[=] tags[=] remotes[=] glob= exclude= exclude-hidden= reflog
cherry-mark cherry-pick left-only right-only cherry walk-reflogs merge boundary
simplify-by-decoration show-pulls full-history dense sparse simplify-merges ancestry-path[=]
date-order author-date-order topo-order reverse no-walk[=] do-walk pretty[=] format[=] abbrev-commit
no-abbrev-commit oneline encoding= expand-tabs[=] no-expand-tabs notes[=] no-notes show-notes[=]
standard-notes relative-date date= parents children left-right graph no-graph show-linear-break[=]
ignore-missing abbrev[=] no-abbrev
"""
LOG_SHORT = DIFF_SHORT + "n:iEFPgL:q0123456789"
LOG = f"""
{DIFF} {REVISIONS}
follow decorate[=] no-decorate decorate-refs= decorate-refs-exclude= clear-decorations source mailmap
no-mailmap use-mailmap no-use-mailmap full-diff log-size cc dd combined-all-paths diff-merges=
no-diff-merges no-show-signature
"""

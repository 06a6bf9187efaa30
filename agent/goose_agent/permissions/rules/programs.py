"""What is known of programs when a rule is to be offered: which of them a rule would set free."""

from __future__ import annotations

from pathlib import PurePath

__all__ = [
    "NO_BEGINNING",
    "RUNS_SCRIPTS",
    "SPEAKS_ELSEWHERE",
    "TWO_WORDS",
    "UNDOES",
    "program_of",
    "runs_anything",
]

_RUNS_ANYTHING = frozenset(
    """
    . R Rscript at awk bash batch builtin bunx busybox chroot cmd command crontab csh dash deno
    doas docker docker-compose entr env eval exec expect fd find fish flock gawk gdb ghci groovy
    ionice ipython irb java jshell julia ksh kubectl lldb ltrace lua luajit mawk mosh nawk nc
    ncat nerdctl nice node nodejs nohup npx nsenter nu osascript parallel perl php pipx pkexec
    pnpx podman powershell pwsh pypy python rsh rsync ruby runghc runuser scala scp screen
    script setsid sftp sh socat source ssh start-stop-daemon stdbuf strace su sudo systemd-run
    tclsh tcsh telnet timeout tmux trap unshare uvx watch wish xargs zsh
    """.split()
)
"""Programs that run whatever they are given: even the same words may do something else next time."""

NO_BEGINNING = frozenset(
    """
    ansible ansible-playbook ant aws az chmod chown cp curl dd ed emacs ex gcloud gmake gradle
    helm install just kill killall less ln make man mkfs more mv mvn nano ninja nvim pkill rake
    rm rmdir sed shred tar task tee terraform time truncate vagrant vi vim wget
    """.split()
)
"""Programs of which a beginning says nothing about what is done."""

SPEAKS_ELSEWHERE = frozenset(
    """
    aria2c curl dig drill finger ftp getent host http https lftp lynx nmap nslookup ping ping6
    rclone s3cmd tracepath traceroute w3m wget whois xh
    """.split()
)
"""Programs that speak to other machines: what they are asked for leaves this one."""

TWO_WORDS = frozenset(
    """
    apt apt-get brew bun bundle cargo composer conda dart deno dotnet flutter gem gh git glab go
    hg jj mix nix npm pip pip3 pnpm poetry rails rustup svn systemctl uv yarn
    """.split()
)
"""Programs whose first word decides what they do."""

RUNS_SCRIPTS = {
    "npm": frozenset("create exec init run run-script start test x".split()),
    "pnpm": frozenset("create dlx exec run start test".split()),
    "yarn": frozenset("create dlx exec run start test".split()),
    "bun": frozenset("create run test x".split()),
    "go": frozenset("generate run tool".split()),
    "cargo": frozenset("run".split()),
    "uv": frozenset("run tool".split()),
    "poetry": frozenset("run".split()),
    "conda": frozenset("run".split()),
    "bundle": frozenset("exec".split()),
    "composer": frozenset("exec run-script".split()),
    "dotnet": frozenset("exec run".split()),
    "deno": frozenset("eval run task".split()),
    "gh": frozenset("alias api codespace extension".split()),
    "mix": frozenset("run".split()),
    "nix": frozenset("develop run shell".split()),
    "rails": frozenset("console runner".split()),
}
"""What runs whatever a file says."""

UNDOES = {
    "git": frozenset(
        "bisect checkout clean config filter-branch push rebase reset submodule".split()
    ),
    "npm": frozenset("install publish".split()),
    "cargo": frozenset("install publish".split()),
    "systemctl": frozenset("disable mask stop".split()),
}
"""What publishes, undoes work, or runs hooks: only ever word for word."""


def program_of(word: str) -> str:
    """The name of a program, wherever it is called."""
    return PurePath(word).name


def runs_anything(program: str) -> bool:
    """Whether a program runs whatever it is given, in any of its releases: `python3.12`.

    Args:
        program: its name.
    """
    return program in _RUNS_ANYTHING or program.rstrip("0123456789.") in _RUNS_ANYTHING

"""Programs that tell of the machine, the user and the time, and those that only compute."""

from __future__ import annotations

import re

from goose_agent.permissions.shell.effects import Unproven
from goose_agent.permissions.shell.programs.program import Call, Program, table

__all__ = ["SYSTEM"]

_NUMBER = re.compile(r"[+-]?\d{1,7}(?:\.\d{1,7})?\Z")


def _shows_only(call: Call) -> None:
    """An operand of `date` sets the clock, unless it is a format."""
    for word in call.operands:
        if not word.text.startswith("+"):
            raise Unproven("`date` may set the clock")


def _no_environment(call: Call) -> None:
    """What a process was started with may hold keys.

    Where a user is not known, `ps` reads the letters again as its older options, and `e` among
    those shows environments.
    """
    formats = call.values("o", "O", "format", "sort")
    if any("env" in value.lower() for value in formats) or any(
        "e" in value for value in call.values("u", "U")
    ):
        raise Unproven("`ps` may show environments")
    for word in call.operands:
        if not set(word.text) <= set("aTrxflujvwh0123456789,"):
            raise Unproven(f"`ps {word.text}` is not known to show no environment")


def _counts_on(call: Call) -> None:
    """Large numbers would be counted to for ever."""
    for word in call.operands:
        if not _NUMBER.match(word.text):
            raise Unproven(f"`{word.text}` is no number of at most seven digits")


SYSTEM = table(
    Program(
        "date gdate",
        short="d:I::uRr:jn",
        long="date= iso-8601[=] rfc-3339= rfc-email utc universal reference= debug resolution",
        reads="r reference",
        operands="text",
        most=1,
        check=_shows_only,
    ),
    Program(
        "uname guname",
        short="asnrvmpio",
        long="all kernel-name nodename kernel-release kernel-version machine processor "
        "hardware-platform operating-system",
        operands="none",
    ),
    Program("arch", operands="none"),
    Program("whoami logname", operands="none"),
    Program(
        "id", short="agGnruzZpPF", long="context group groups name real user zero", operands="text"
    ),
    Program("groups", operands="text"),
    Program("users", operands="none"),
    Program(
        "who",
        short="abdHlmpqrsTtuw",
        long="all boot dead heading login count process short time mesg message writable users",
        operands="none",
    ),
    Program("w", short="hsfiou", long="no-header short from ip-addr old-style", operands="none"),
    Program("hostname", short="sI", long="short all-ip-addresses", operands="none"),
    Program("uptime", short="ps", long="pretty since", operands="none"),
    Program("nproc", long="all ignore=", operands="none"),
    Program("tty", short="s", long="silent quiet", operands="none"),
    Program(
        "free",
        short="bkmghltwv",
        long="bytes kibi mebi gibi tebi kilo mega giga tera si human lohi total wide line",
        operands="none",
    ),
    Program(
        "lscpu",
        short="abcepxyrJBC",
        long="all online offline caches[=] extended[=] parse[=] hex physical json bytes raw "
        "output-all",
        operands="none",
    ),
    Program(
        "lsblk",
        short="abdDfiJlmno:OpPrsStTzx:e:I:M",
        long="all bytes nodeps discard fs ascii json list perms noheadings output= output-all paths "
        "pairs raw inverse topology tree[=] sort= exclude= include= merge scsi nvme",
        operands="none",
    ),
    Program(
        "locale",
        short="acmk",
        long="all-locales charmaps category-name keyword-name verbose",
        operands="text",
    ),
    Program("getconf", short="a", operands="text"),
    Program("cal ncal", short="13jmsyhMSwbn:A:B:NC", operands="text"),
    Program(
        "ps",
        short="AadefFjlLmMTwyVHcZrxvU:u:G:g:t:p:q:s:C:o:O:",
        long="ppid= pid= quick-pid= user= User= group= Group= tty= sid= format= sort= forest headers "
        "no-headers noheaders cols= columns= width= rows= lines= deselect cumulative context",
        operands="text",
        check=_no_environment,
    ),
    Program(
        "pgrep",
        short="acd:flinovwxg:G:P:s:t:u:U:r:",
        long="list-name list-full delimiter= full pgroup= group= ignore-case newest oldest older= "
        "parent= session= terminal= euid= uid= inverse exact runstates= count",
        operands="text",
    ),
    Program("pidof", short="sqwxc", operands="text"),
    Program(
        "seq gseq",
        short="f:s:wt:",
        long="format= separator= equal-width",
        operands="text",
        digits=True,
        check=_counts_on,
    ),
    Program("factor", short="h", long="exponents", operands="text"),
    Program(
        "numfmt",
        short="d:z",
        long="debug delimiter= field= format= from= from-unit= grouping header[=] invalid= padding= "
        "round= suffix= to= to-unit= zero-terminated",
        operands="text",
    ),
    Program(
        "shuf", short="en:rzi:", long="echo head-count= input-range= repeat zero-terminated", most=1
    ),
)

"""Programs that show, count, cut or compare what is in files."""

from __future__ import annotations

from goose_agent.permissions.shell.effects import Unproven
from goose_agent.permissions.shell.programs.program import Call, Program, table

__all__ = ["CONTENTS"]


def _no_response_file(call: Call) -> None:
    """The binary utilities take their options from a file that is given as `@file`."""
    for word in call.operands:
        if word.text.startswith("@"):
            raise Unproven(f"`{word.text}` holds options")


_DIGEST = Program(
    "md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum gmd5sum gsha256sum",
    short="btzl:a:",
    long="binary text tag zero length= algorithm= base64 raw untagged",
)

CONTENTS = table(
    Program(
        "cat gcat",
        short="AbeEnstTuv",
        long="show-all number-nonblank show-ends number squeeze-blank show-tabs show-nonprinting",
    ),
    Program("tac", short="brs:", long="before regex separator="),
    Program("rev", short="0", long="zero"),
    Program(
        "head ghead",
        short="qvzn:c:",
        long="quiet silent verbose zero-terminated lines= bytes=",
        digits=True,
    ),
    Program(
        "tail gtail",
        short="qvzrn:c:",
        long="quiet silent verbose zero-terminated lines= bytes=",
        digits=True,
    ),
    Program(
        "nl",
        short="b:d:f:h:i:l:n:ps:v:w:",
        long="body-numbering= section-delimiter= footer-numbering= header-numbering= line-increment= "
        "join-blank-lines= number-format= no-renumber number-separator= starting-line-number= "
        "number-width=",
    ),
    Program("wc gwc", short="clmLw", long="bytes chars lines max-line-length words total="),
    Program(
        "cut gcut",
        short="b:c:d:f:nsz",
        long="bytes= characters= delimiter= fields= complement only-delimited output-delimiter= "
        "zero-terminated",
    ),
    Program("paste", short="d:sz", long="delimiters= serial zero-terminated"),
    Program(
        "tr",
        short="cCdstu",
        long="complement delete squeeze-repeats truncate-set1",
        operands="text",
    ),
    Program(
        "sort gsort",
        short="bcCdfghik:mMnrRsS:t:uVz",
        long="ignore-leading-blanks dictionary-order ignore-case general-numeric-sort "
        "ignore-nonprinting month-sort human-numeric-sort numeric-sort random-sort reverse sort= "
        "version-sort batch-size= check[=] debug key= merge stable buffer-size= field-separator= "
        "parallel= unique zero-terminated random-source=",
        reads="random-source",
    ),
    Program(
        "uniq",
        short="cdDf:is:uw:z",
        long="count repeated all-repeated[=] skip-fields= group[=] ignore-case skip-chars= unique "
        "zero-terminated check-chars=",
        most=1,
    ),
    Program(
        "comm",
        short="123z",
        long="check-order nocheck-order output-delimiter= total zero-terminated",
    ),
    Program(
        "join",
        short="a:e:i1:2:j:o:t:v:z",
        long="ignore-case check-order nocheck-order header zero-terminated",
    ),
    Program("fold", short="bcsw:", long="bytes characters spaces width="),
    Program(
        "fmt",
        short="cp:stug:w:",
        long="crown-margin prefix= split-only tagged-paragraph uniform-spacing width= goal=",
        digits=True,
    ),
    Program("expand", short="it:", long="initial tabs=", digits=True),
    Program("unexpand", short="at:", long="all first-only tabs=", digits=True),
    Program(
        "column",
        short="c:tns:o:xeN:l:H:R:T:E:W:O:JLn:",
        long="columns= table table-columns= table-right= table-hide= table-truncate= table-wrap= "
        "table-order= separator= output-separator= json fillrows table-noheadings keep-empty-lines",
    ),
    Program(
        "pr",
        short="abcdD:e::fFh:Ji::l:mn::N:o:rs::S::tTvw:W:",
        long="across columns= date-format= double-space form-feed join-lines length= merge "
        "number-lines[=] first-line-number= indent= no-file-warnings omit-header page-width= width=",
        digits=True,
    ),
    Program("tsort"),
    Program(
        "diff gdiff",
        short="abBcC:deEfF:hHiI:L:nNpqrsS:tTuU:vwW:x:X:yZ",
        long="normal brief report-identical-files context[=] unified[=] ed rcs side-by-side width= "
        "left-column suppress-common-lines show-c-function show-function-line= label= expand-tabs "
        "initial-tab tabsize= suppress-blank-empty recursive no-dereference new-file "
        "unidirectional-new-file ignore-file-name-case no-ignore-file-name-case exclude= "
        "exclude-from= starting-file= from-file= to-file= ignore-case ignore-tab-expansion "
        "ignore-trailing-space ignore-space-change ignore-all-space ignore-blank-lines "
        "ignore-matching-lines= text strip-trailing-cr ifdef= line-format= "
        "old-line-format= new-line-format= unchanged-line-format= old-group-format= "
        "new-group-format= unchanged-group-format= changed-group-format= minimal horizon-lines= "
        "speed-large-files color[=] colour[=] palette=",
        reads="X exclude-from from-file to-file",
        digits=True,
        links="r recursive",
        glob_values="exclude",
    ),
    Program(
        "diff3",
        short="AeE3xXaimTL:",
        long="show-all ed show-overlap easy-only overlap-only text merge label= initial-tab "
        "strip-trailing-cr",
    ),
    Program(
        "cmp",
        short="bi:ln:s",
        long="print-bytes ignore-initial= verbose bytes= quiet silent",
    ),
    Program(
        "od god",
        short="A:bcdDeFfhHiIj:lLN:oOsS:t:vw::x",
        long="address-radix= skip-bytes= read-bytes= format= strings[=] output-duplicates width[=] "
        "traditional endian=",
    ),
    Program(
        "hexdump hd",
        short="bcCde:f:n:os:vxL::X",
        long="one-byte-octal one-byte-char canonical two-bytes-decimal two-bytes-octal "
        "two-bytes-hex format= format-file= length= skip= no-squeezing color[=]",
        reads="f format-file",
    ),
    Program(
        "strings gstrings",
        short="adfn:t:e:os:wU:",
        long="all data print-file-name bytes= radix= encoding= output-separator= "
        "include-all-whitespace unicode=",
        digits=True,
        check=_no_response_file,
    ),
    Program(
        "nm",
        short="aABCDef:gnoprsuvSP",
        long="debug-syms print-file-name demangle[=] no-demangle dynamic defined-only extern-only "
        "format= numeric-sort no-sort print-armap portability print-size size-sort "
        "radix= reverse-sort undefined-only",
        check=_no_response_file,
    ),
    Program("size", short="ABdGotx", long="format= radix= common totals", check=_no_response_file),
    Program(
        "readelf",
        short="aADdeghHIlnrsSuVWx:p:t",
        long="all file-header program-headers segments section-headers sections section-groups "
        "section-details headers syms symbols dyn-syms notes relocs unwind dynamic version-info "
        "arch-specific histogram wide string-dump= hex-dump=",
        check=_no_response_file,
    ),
    _DIGEST,
    Program("shasum", short="a:bpt01U", long="algorithm= binary text tag portable"),
    Program("md5", short="nqr"),
    Program("sum", short="rs", long="sysv"),
    Program("base64 base32", short="diw:D", long="decode ignore-garbage wrap="),
    Program(
        "basenc",
        short="diw:",
        long="decode ignore-garbage wrap= base64 base64url base32 base32hex "
        "base16 base2msbf base2lsbf z85",
    ),
    Program("iconv", short="cf:lst:", long="from-code= to-code= list silent", globs=False),
)

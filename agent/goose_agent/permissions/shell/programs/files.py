"""Programs that tell of files and folders, not of what is in them."""

from __future__ import annotations

from goose_agent.permissions.shell.programs.program import Program, table

__all__ = ["FILES"]

FILES = table(
    Program(
        "ls dir vdir",
        short="1aAbBcCdDfFgGhHiklLmnNopqQrRsStuUvxXZ@eO",
        long="all almost-all author escape block-size= ignore-backups color[=] colour[=] directory "
        "dired classify[=] file-type format= full-time group-directories-first no-group "
        "human-readable si dereference-command-line dereference-command-line-symlink-to-dir hide= "
        "hyperlink[=] indicator-style= inode ignore= kibibytes dereference literal "
        "numeric-uid-gid hide-control-chars show-control-chars quote-name quoting-style= reverse "
        "recursive size sort= time= time-style= tabsize= width= context zero",
        here=True,
        links="L dereference",
    ),
    Program(
        "stat gstat",
        short="Lftc:xrnqs",
        long="dereference file-system cached= format= printf= terse",
    ),
    Program(
        "file",
        short="bhiIkLnNrs0EvdR:e:F:P:",
        long="brief no-dereference mime mime-type mime-encoding keep-going dereference no-buffer no-pad "
        "raw special-files print0 apple extension exclude= exclude-quiet= separator= parameter=",
    ),
    Program(
        "du",
        short="0aAB:bcd:DhHklLmPsSt:xX:gnr",
        long="null all apparent-size block-size= bytes total dereference-args max-depth= "
        "human-readable inodes dereference no-dereference separate-dirs si summarize threshold= "
        "time[=] time-style= exclude-from= exclude= one-file-system",
        reads="X exclude-from",
        here=True,
        links="L dereference",
        glob_values="exclude",
    ),
    Program(
        "df",
        short="aB:hHiklPt:Tx:mgbn",
        long="all block-size= human-readable si inodes local no-sync output[=] portability "
        "type= print-type exclude-type= total",
    ),
    Program(
        "tree",
        short="adfxL:P:I:pugshDFqNQivtcrUnCAlJXS",
        long="gitignore ignore-case matchdirs metafirst prune info noreport charset= "
        "filelimit= timefmt= si du inodes device sort= dirsfirst filesfirst nolinks hintro= houtro=",
        here=True,
        links="l",
        reads="hintro houtro",
    ),
    Program("basename", short="as:z", long="multiple suffix= zero", operands="text"),
    Program("dirname", short="z", long="zero", operands="text"),
    Program(
        "realpath grealpath",
        short="eEmLPqsz",
        long="canonicalize canonicalize-existing canonicalize-missing logical physical quiet "
        "relative-to= relative-base= strip no-symlinks zero",
        reads="relative-to relative-base",
    ),
    Program(
        "readlink greadlink",
        short="femnqsvz",
        long="canonicalize canonicalize-existing canonicalize-missing no-newline quiet silent "
        "verbose zero",
    ),
    Program(
        "which", short="as", long="all skip-dot skip-tilde show-dot show-tilde", operands="text"
    ),
    Program("pathchk", short="pP", long="portability", operands="text"),
)

"""Code that a command carries along for an interpreter: whether it certainly only looks at things.

This proves, as the strict lexer does for shell text: what it does not know, it does not vouch for.
Python is read as Python, and every name in it has to be known to be harmless. Of JavaScript every
word has to be; of Perl only plain substitutions are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

__all__ = ["only_looks"]

_LONGEST = 20_000
"""Characters of code that is read."""

_BUILTINS = frozenset(
    """
    abs all any ascii bin bool bytes callable chr complex dict divmod enumerate filter float format
    frozenset hash hex id int isinstance issubclass iter len list map max min next object oct ord
    pow print range repr reversed round set slice sorted str sum tuple type zip open exit quit
    Exception ValueError KeyError TypeError IndexError ImportError AttributeError OSError
    RuntimeError StopIteration AssertionError FileNotFoundError ZeroDivisionError
    """.split()
)
_MODULES = frozenset(
    """
    array base64 bisect binascii calendar collections colorsys cmath copy csv datetime decimal difflib
    fractions functools hashlib heapq html itertools json math numbers operator os platform pprint
    random re statistics string struct sys sysconfig textwrap time tomllib typing unicodedata uuid
    zlib zoneinfo importlib.metadata os.path collections.abc html.parser urllib.parse __future__
    """.split()
)
"""Of the standard library: with the attributes below they change nothing."""
_ATTRIBUTES = frozenset(
    """
    __version__ __file__ __name__ __doc__ VERSION version version_info versions executable platform
    argv path maxsize prefix base_prefix stdin stdout stderr read readline readlines write flush buffer
    byteorder implementation getsizeof exit getrecursionlimit flags
    listdir scandir getcwd walk cpu_count getpid sep linesep environ get getenv name uname stat
    st_size st_mtime st_mode access getloadavg
    join exists isfile isdir islink getsize getmtime basename dirname abspath realpath normpath
    relpath split splitext expanduser expandvars commonpath
    load loads dump dumps reader writer writerow writerows DictReader fieldnames
    append extend insert pop remove clear sort reverse index count copy update keys values items
    setdefault popitem add discard union intersection difference issubset issuperset
    strip lstrip rstrip splitlines lower upper title capitalize swapcase casefold startswith endswith
    find rfind rindex replace encode decode format zfill ljust rjust center partition rpartition rsplit
    isdigit isalpha isalnum isspace islower isupper translate maketrans removeprefix removesuffix
    hex fromhex bit_length to_bytes from_bytes
    match search fullmatch findall finditer sub subn compile escape group groups groupdict start end
    span I M S X IGNORECASE MULTILINE DOTALL VERBOSE
    Counter OrderedDict defaultdict deque namedtuple most_common elements
    datetime date timedelta timezone utc now today utcnow fromtimestamp utcfromtimestamp timestamp
    isoformat fromisoformat strftime strptime total_seconds days seconds year month day hour minute
    second microsecond weekday isoweekday time perf_counter monotonic sleep ctime gmtime localtime
    time_ns
    sqrt pi e inf nan floor ceil log log2 log10 exp sin cos tan factorial gcd isclose isnan fabs comb
    perm dist hypot prod fsum trunc
    chain product permutations combinations groupby accumulate islice count cycle repeat starmap
    reduce partial lru_cache cache itemgetter
    md5 sha1 sha256 sha512 blake2b hexdigest digest b64encode b64decode urlsafe_b64encode
    urlsafe_b64decode hexlify unhexlify crc32 adler32
    random randint choice choices shuffle seed uniform sample token_hex
    mean median stdev variance Decimal Fraction pformat pprint dedent indent wrap fill
    pack unpack calcsize uuid4 uuid1 UUID quote unquote urlparse urlsplit urlencode parse_qs
    ascii_letters ascii_lowercase ascii_uppercase digits punctuation
    machine processor python_version python_implementation node release
    get_path get_paths get_config_var metadata
    unified_diff ndiff SequenceMatcher ratio
    real imag numerator denominator quantize
    """.split()
)
"""Names after a dot that change nothing, whatever value stands before the dot."""
_NOT_OF_MODULES = frozenset({"remove", "replace"})
"""Of these, what modules have under the same name is another thing."""
_OF_ANY_MODULE = frozenset({"__version__", "__file__", "__name__", "__doc__", "VERSION"})
"""What may be asked of a module that is not known."""
_READING_MODES = frozenset({"r", "rb", "rt"})
_JS_WORDS = frozenset(
    """
    console log error table process version versions platform arch node v8 argv env cwd uptime
    memoryUsage JSON stringify parse require Object keys values entries Array from isArray length map
    filter reduce join slice split sort reverse includes indexOf startsWith endsWith trim toUpperCase
    toLowerCase toFixed toString padStart padEnd replace match test push concat flat Math max min floor
    ceil round random sqrt pow abs PI Date now toISOString Number String Boolean parseInt parseFloat
    isNaN Buffer alloc let const var true false null undefined typeof new if else for of in return
    name main scripts dependencies devDependencies engines type exports types size Map Set get has
    readFileSync existsSync readdirSync statSync utf8 path fs os cpus totalmem freemem hostname
    """.split()
)
_JS_STRING = re.compile(r"'(?:[^'\\\n]|\\[^\n])*'|\"(?:[^\"\\\n]|\\[^\n])*\"")
_JS_PLAIN = re.compile(r"[\w\s.,;:(){}\[\]<>=!&|?+*/%-]*\Z", re.ASCII)
_JS_COMPUTED = re.compile(r"[\w)\]\"']\s*\[(?!\s*\d+\s*\])")
_JS_MODULE = re.compile(
    r"require\s*\(\s*['\"](?:node:)?(?:fs|path|os|\.{0,2}/?[\w@./-]+\.json)['\"]\s*\)"
)
_PERL_SUBSTITUTION = re.compile(
    r"\s*(?:s|tr|y)(?P<mark>[/|#!,])(?:(?!(?P=mark))[^\\@$`]|\$(?=(?P=mark)|\))|\\[^\n])*"
    r"(?P=mark)(?:(?!(?P=mark))[^\\@$`]|\$[\d&]|\\[^\n])*(?P=mark)[gimsxrcd]*\s*;?"
)
_PERL_CODE_IN_REGEX = re.compile(r"\(\?\??\{")


def only_looks(language: str, code: str) -> bool:
    """Whether code certainly neither changes files nor starts programs.

    Args:
        language: the interpreter's name without its release, such as `python`.
        code: as the interpreter gets it.
    """
    if len(code) > _LONGEST:
        return False
    match language:
        case "python" | "pypy":
            return _python_looks(code)
        case "node" | "nodejs":
            return _javascript_looks(code)
        case "perl":
            return _perl_substitutes(code)
        case _:
            return False


def _perl_substitutes(code: str) -> bool:
    at = 0
    while at < len(code):
        found = _PERL_SUBSTITUTION.match(code, at)
        if found is None:
            return False
        at = found.end()
    return bool(code.strip()) and not _PERL_CODE_IN_REGEX.search(code)


def _javascript_looks(code: str) -> bool:
    if _JS_COMPUTED.search(code):
        return False
    loads = code.count("require")
    if loads != len(_JS_MODULE.findall(code)):
        return False
    bare = _JS_STRING.sub(" ", code)
    if not _JS_PLAIN.match(bare):
        return False
    declared = set(re.findall(r"\b(?:let|const|var)\s+([A-Za-z_]\w*)\s*=", bare))
    declared |= set(re.findall(r"\b([A-Za-z_]\w*)\s*=>", bare))
    words = re.findall(r"[A-Za-z_]\w*", re.sub(r"\d\w*", " ", bare))
    after_dot = set(re.findall(r"\.\s*([A-Za-z_]\w*)", bare))
    return after_dot <= _JS_WORDS and all(word in _JS_WORDS or word in declared for word in words)


def _python_looks(code: str) -> bool:
    try:
        tree = ast.parse(code.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    nodes = [*ast.walk(tree)]
    bound = {*_bound(nodes)}
    return (
        not bound & _BUILTINS
        and _keeps_to_itself(nodes)
        and all(_is_harmless(node, bound) for node in nodes)
    )


def _keeps_to_itself(nodes: list[ast.AST]) -> bool:
    """Whether modules are only asked for what is harmless, and `open` is only ever called.

    A module or a function that is passed on could be used where nobody sees what it is.
    """
    modules = dict(_modules(nodes))
    used = [node for node in nodes if isinstance(node, ast.Attribute)]
    for node in used:
        if isinstance(node.value, ast.Name) and node.value.id in modules:
            known = modules[node.value.id] and node.attr not in _NOT_OF_MODULES
            if not known and node.attr not in _OF_ANY_MODULE:
                return False
    asked = {id(node.value) for node in used}
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    return all(
        id(node) in (called if node.id == "open" else asked)
        for node in nodes
        if isinstance(node, ast.Name) and (node.id == "open" or node.id in modules)
    )


def _modules(nodes: list[ast.AST]) -> Iterator[tuple[str, bool]]:
    """The names of modules that are imported, and whether each is known."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname or alias.name).partition(".")[0], alias.name in _MODULES


def _bound(nodes: list[ast.AST]) -> Iterator[str]:
    """The names that the code gives a meaning itself."""
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.arg(arg=name) | ast.FunctionDef(name=name):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from ((alias.asname or alias.name).partition(".")[0] for alias in names)
            case ast.ExceptHandler(name=str() as name):
                yield name
            case _:
                pass


def _is_harmless(node: ast.AST, bound: set[str]) -> bool:
    match node:
        case ast.Name(id=name):
            return name in bound or name in _BUILTINS or name == "__name__"
        case ast.Attribute(attr=attr, ctx=ctx):
            return isinstance(ctx, ast.Load) and attr in _ATTRIBUTES
        case ast.Import(names=names):
            return all(_may_be_imported(alias.name) for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            known = module in _MODULES and level == 0
            return known and all(alias.name in _ATTRIBUTES - _NOT_OF_MODULES for alias in names)
        case ast.Call(func=ast.Name(id="open")):
            return _opens_to_read(node)
        case ast.Call(func=ast.Name(id="type"), args=args):
            return len(args) == 1
        case ast.ClassDef() | ast.Global() | ast.Nonlocal() | ast.Delete() | ast.Await():
            return False
        case _:
            return True


def _may_be_imported(module: str) -> bool:
    """A module of the standard library that is known, or one of which nothing else can be used."""
    import sys  # only for the names of modules

    return module in _MODULES or module.partition(".")[0] not in sys.stdlib_module_names


def _opens_to_read(call: ast.Call) -> bool:
    """`open` with no mode but one that reads."""
    modes = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "mode")]
    plain = all(word.arg in ("mode", "encoding", "errors", "newline") for word in call.keywords)
    reads = all(isinstance(mode, ast.Constant) and mode.value in _READING_MODES for mode in modes)
    return (
        plain
        and reads
        and len(call.args) in (1, 2)
        and not any(isinstance(arg, ast.Starred) for arg in call.args)
    )

"""The environment of the programs that tools start: an allow-list, never what we hold ourselves.

Programs see what makes a development machine work, and no variable that could carry a key of ours,
change what a known program does (`LD_PRELOAD`, `BASH_ENV`, `GIT_DIR`), or wait for a person.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import PurePath

__all__ = ["child_environment"]

_ALLOWED = frozenset(
    """
    PATH HOME USER LOGNAME SHELL LANG LANGUAGE TMPDIR TMP TEMP TZ HOSTNAME
    VIRTUAL_ENV CONDA_PREFIX CONDA_DEFAULT_ENV CONDA_EXE PYENV_ROOT PYENV_VERSION PYTHONPATH
    PYTHONHASHSEED PIPX_HOME PIPX_BIN_DIR UV_CACHE_DIR UV_PYTHON POETRY_HOME PDM_HOME
    NVM_DIR NVM_BIN NODE_ENV NODE_PATH NPM_CONFIG_PREFIX PNPM_HOME YARN_CACHE_FOLDER BUN_INSTALL
    DENO_DIR VOLTA_HOME FNM_DIR COREPACK_HOME
    CARGO_HOME CARGO_TARGET_DIR RUSTUP_HOME RUSTUP_TOOLCHAIN RUST_BACKTRACE RUST_LOG RUSTFLAGS
    GOPATH GOROOT GOBIN GOCACHE GOMODCACHE GOPROXY GOFLAGS GOPRIVATE GOTOOLCHAIN CGO_ENABLED
    JAVA_HOME JDK_HOME MAVEN_HOME M2_HOME GRADLE_HOME GRADLE_USER_HOME SDKMAN_DIR KOTLIN_HOME
    ANDROID_HOME ANDROID_SDK_ROOT SCALA_HOME
    GEM_HOME GEM_PATH BUNDLE_PATH RBENV_ROOT RBENV_VERSION COMPOSER_HOME PERL5LIB
    DOTNET_ROOT DOTNET_CLI_HOME NUGET_PACKAGES GHCUP_INSTALL_BASE_PREFIX STACK_ROOT OPAMROOT
    MIX_HOME HEX_HOME ASDF_DIR ASDF_DATA_DIR MISE_DATA_DIR
    CC CXX CPP LD AR CFLAGS CXXFLAGS CPPFLAGS LDFLAGS MAKEFLAGS CMAKE_PREFIX_PATH CMAKE_GENERATOR
    PKG_CONFIG_PATH LIBRARY_PATH CPATH C_INCLUDE_PATH SDKROOT DEVELOPER_DIR CCACHE_DIR CUDA_HOME
    HOMEBREW_PREFIX HOMEBREW_CELLAR HOMEBREW_REPOSITORY MANPATH INFOPATH
    NIX_PATH NIX_PROFILES NIX_SSL_CERT_FILE NIX_STORE IN_NIX_SHELL
    SSH_AUTH_SOCK GNUPGHOME GPG_AGENT_INFO DBUS_SESSION_BUS_ADDRESS DISPLAY WAYLAND_DISPLAY
    GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
    DOCKER_HOST DOCKER_CONFIG DOCKER_CONTEXT KUBECONFIG
    HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy
    SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE NODE_EXTRA_CA_CERTS
    CI WSL_DISTRO_NAME
    """.split()  # noqa: SIM905 # names read better as words in lines than as literals
)
_ALLOWED_PREFIXES = ("LC_", "XDG_")

_ALWAYS = {
    # Nothing may wait at a terminal that is not there.
    "TERM": "dumb",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    # `git status` must not take the index's lock from a git that a person runs meanwhile.
    "GIT_OPTIONAL_LOCKS": "0",
    # Output appears when it is written.
    "PYTHONUNBUFFERED": "1",
    # How scripts can tell that an agent runs them.
    "GOOSE_TERMINAL": "1",
    "AGENT": "goose",
}
_NAME = re.compile(r"[A-Za-z_]\w*\Z")


def child_environment(
    environ: Mapping[str, str],
    extra: Collection[str] = (),
    withheld: Collection[str] = (),
) -> dict[str, str]:
    """The environment for programs that tools start.

    Args:
        environ: our own environment.
        extra: further names that the user lets through.
        withheld: names never let through, whatever `extra` says: our providers' keys.
    """
    wanted = (_ALLOWED | set(extra)) - set(withheld)
    found = {
        name: value
        for name, value in environ.items()
        if _NAME.match(name)
        and (name in wanted or (name.startswith(_ALLOWED_PREFIXES) and name not in withheld))
    }
    if "PATH" in found:
        found["PATH"] = _absolute_only(found["PATH"])
    return {**found, **{name: value for name, value in _ALWAYS.items() if name not in extra}}


def _absolute_only(path: str) -> str:
    """`PATH` without relative entries: with them `ls` could be a file of the project."""
    return ":".join(entry for entry in path.split(":") if PurePath(entry).is_absolute())

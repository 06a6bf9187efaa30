"""Names of files and folders that mean more than their content: by the name alone, at any depth."""

from __future__ import annotations

import fnmatch
import itertools
import re
from collections.abc import Iterable, Sequence

from goose_agent.characters import find_hidden

__all__ = ["is_protected", "is_secret", "name_key", "runs_later"]

_PROTECTED_FOLDERS = frozenset(
    """
    .git .hg .svn .goose-tui .goose .claude .codex .gemini .cursor .aider .continue .opencode .vibe
    .vscode .idea .devcontainer .husky .ssh .gnupg git~1
    """.split()
)
"""Folders whose files decide what runs or what is allowed: a change there is never a plain edit."""
_PROTECTED_FILES = """
.gitattributes .gitmodules .gitconfig .gitignore_global
AGENTS.md AGENTS.override.md AGENT.md CLAUDE.md CLAUDE.local.md GEMINI.md .goosehints .goosehints.local
.gooseignore copilot-instructions.md .mcp.json mcp.json .cursorrules .windsurfrules .clinerules .aider.conf.yml opencode.json
opencode.jsonc .envrc .npmrc .yarnrc .yarnrc.yml .pypirc .netrc .curlrc .wgetrc .inputrc
.bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile .zshrc .zshenv .zprofile .zlogin
.zlogout .kshrc .cshrc .tcshrc .login config.fish .xprofile .xinitrc .xsessionrc .vimrc .exrc .nvimrc
.direnvrc .gemrc pip.conf .tmux.conf .screenrc .Rprofile .pythonrc .irbrc .gdbinit .lldbinit authorized_keys crontab sudoers
*.code-workspace
"""
_PROTECTED_PAIRS = tuple(
    tuple(pair.split("/"))
    for pair in """
    .config/goose-tui share/goose-tui state/goose-tui .config/goose .config/git .config/fish
    .config/autostart .config/systemd systemd/system systemd/user library/launchagents
    library/launchdaemons spool/cron etc/cron.d etc/cron.hourly etc/cron.daily etc/cron.weekly
    etc/cron.monthly etc/init.d etc/profile.d etc/sudoers.d etc/profile etc/bash.bashrc etc/rc.local
    etc/zsh etc/ld.so.preload etc/gitconfig
    """.split()
)
"""What starts by itself with the machine, a login or a shell, and what this program goes by."""
_SECRET_FOLDERS = frozenset(".ssh .gnupg .aws .azure .kube .docker .gcloud .password-store".split())
_SECRET_FILES = """
.env .env.* .env-* .env_* .env~ *.env .envrc .flaskenv
id_rsa id_dsa id_ecdsa id_ecdsa_sk id_ed25519 id_ed25519_sk id_xmss identity *.pem *.key *.p12 *.pfx
*.pkcs12 *.p8 *.jks *.keystore *.kdb *.kdbx *.ppk *.asc *.gpg *.pgp *.age *.ovpn
.git-credentials .netrc _netrc .pypirc .npmrc .yarnrc.yml .pgpass .my.cnf .mylogin.cnf .htpasswd
.dockercfg .dockerconfigjson .boto .s3cfg .vault-token .terraformrc credentials.tfrc.json *.tfstate
*.tfstate.* *.tfvars *.tfvars.json .cargo-credentials credentials credentials.* credentials-*.json
*-credentials.json *_credentials.json client_secret*.json service-account*.json service_account*.json
application_default_credentials.json kubeconfig kubeconfig.* *.kubeconfig
secret.* secrets.* secrets *.secrets.* *.secret *-secrets.y*ml *-secret.y*ml .secrets .secret
firebase-adminsdk*.json .databrickscfg wp-config.php auth.json master.key rails_master.key token.json .token shadow gshadow keyring *.keyring
.bash_history .zsh_history .python_history .psql_history .mysql_history .node_repl_history
"""
_NOT_SECRET = re.compile(
    r"\.env\.(?:example|sample|template|tmpl|dist|defaults?)\Z|.*\.env\.(?:example|sample|template)\Z"
    r"|id_.*\.pub\Z|secrets?\.(?:py|pyi|js|mjs|ts|tsx|go|rs|java|kt|rb|c|h|cpp|md|rst|html)\Z"
    r"|credentials\.(?:py|pyi|js|mjs|ts|tsx|go|rs|java|kt|rb|c|h|cpp|md|rst|html)\Z"
)
"""Examples, public keys, and code about secrets: what the patterns above would take along."""
_SECRET_ENDS = ((".docker", "config.json"), (".config", "gh"), (".config", "gcloud"))
_LATER_FILES = """
Makefile GNUmakefile *.mk CMakeLists.txt Justfile Taskfile.y*ml Rakefile Gruntfile.* gulpfile.* SConstruct
Snakefile Jenkinsfile* build.xml pom.xml build.gradle* settings.gradle* gradle.properties gradlew gradlew.bat
mvnw mvnw.cmd build.rs build.sbt WORKSPACE BUILD.bazel *.bzl meson.build configure configure.ac
package.json .npmignore .nvmrc .node-version .python-version .ruby-version .java-version .tool-versions
mise.toml .mise.toml .sdkmanrc rust-toolchain rust-toolchain.toml go.mod
setup.py setup.cfg pyproject.toml conftest.py noxfile.py tox.ini pytest.ini tasks.py fabfile.py manage.py
sitecustomize.py usercustomize.py *.pth Pipfile requirements*.txt
.pre-commit-config.yaml .pre-commit-hooks.yaml lefthook.yml .lefthook.yml .lintstagedrc* .huskyrc*
.eslintrc* eslint.config.* .babelrc* babel.config.* .prettierrc* prettier.config.* jest.config.* vite.config.*
vitest.config.* webpack.config.* rollup.config.* postcss.config.* tailwind.config.* next.config.* .mocharc.*
.pnpmfile.cjs Gemfile *.gemspec composer.json mix.exs dune
Dockerfile* *.dockerfile Containerfile docker-compose*.y*ml compose.y*ml Vagrantfile Procfile
.gitlab-ci.yml .travis.yml appveyor.yml .appveyor.yml azure-pipelines.yml bitbucket-pipelines.yml
.drone.yml .cirrus.yml cloudbuild.yaml buildspec.yml Earthfile .woodpecker.yml
*.service *.timer *.desktop
"""
_LATER_FOLDERS = frozenset(
    ".circleci .buildkite .woodpecker .gitlab .forgejo .gitea .cargo .ci githooks .githooks".split()
)
_LATER_PAIRS = (
    (".github", "workflows"),
    (".github", "actions"),
    (".yarn", "releases"),
    (".mvn", "wrapper"),
    ("gradle", "wrapper"),
)
"""Files that something runs by itself, later: CI, builds, tests, tools that start in the folder."""


def _names(text: str) -> re.Pattern[str]:
    return re.compile("|".join(fnmatch.translate(name.casefold()) for name in text.split()))


_PROTECTED = _names(_PROTECTED_FILES)
_SECRET = _names(_SECRET_FILES)
_LATER = _names(_LATER_FILES)


def name_key(name: str) -> str:
    """A name as the most forgiving file system compares it.

    Letter case, invisible characters and final dots and blanks do not count, so that `.GIT` and
    `.git ` are protected wherever they may be the same folder as `.git`.
    """
    if not name.isascii():
        for span in reversed([*find_hidden(name)]):
            name = name[: span.start] + name[span.stop :]
    return name.casefold().rstrip(" .") or name


def is_protected(parts: Sequence[str]) -> bool:
    """Whether a change there changes what is allowed, or what runs without being asked for.

    Args:
        parts: the names on the way from the workspace, as keys.
    """
    if not _PROTECTED_FOLDERS.isdisjoint(parts) or _matches(_PROTECTED, parts):
        return True
    return _has_pair(_PROTECTED_PAIRS, parts)


def is_secret(parts: Sequence[str], *, is_folder: bool = False) -> bool:
    """Whether what is there most likely holds a key, a password or a token.

    Args:
        parts: the names on the way to it, as keys.
        is_folder: whether it is known to be a folder.
    """
    if not _SECRET_FOLDERS.isdisjoint(parts[:-1]) or _has_pair(_SECRET_ENDS, parts):
        return not parts[-1].endswith(".pub")
    if is_folder:
        return not _SECRET_FOLDERS.isdisjoint(parts)
    return not _matches(_NOT_SECRET, parts) and _matches(_SECRET, parts)


def runs_later(parts: Sequence[str]) -> bool:
    """Whether something runs this file by itself, later: a build, a test run, CI.

    Args:
        parts: the names on the way from the workspace, as keys.
    """
    if not _LATER_FOLDERS.isdisjoint(parts[:-1]) or _has_pair(_LATER_PAIRS, parts):
        return True
    return _matches(_LATER, parts)


def _matches(pattern: re.Pattern[str], parts: Sequence[str]) -> bool:
    return bool(parts) and pattern.match(parts[-1]) is not None


def _has_pair(pairs: Iterable[tuple[str, ...]], parts: Sequence[str]) -> bool:
    return any(pair in pairs for pair in itertools.pairwise(parts))

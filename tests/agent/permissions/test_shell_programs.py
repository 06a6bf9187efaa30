"""Which calls of which programs are known to only read, and which are not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from goose_agent.permissions.shell.verdict import decide


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("place") / "work"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.py").write_text("x", encoding="utf-8")
    (folder / "src" / "b.py").write_text("x", encoding="utf-8")
    (folder / "keys").mkdir()
    (folder / "keys" / "server.pem").write_text("x", encoding="utf-8")
    (folder / "links").mkdir()
    (folder / "links" / "p").symlink_to("/etc/passwd")
    (folder / "out").symlink_to("/etc")
    subprocess.run(["git", "init", "-q", folder], check=True)
    return folder


READING = r"""
git log --no-walk --tags
git log --pretty=format:'%C(yellow)%h%Creset %s' --abbrev-commit
git show v1.0:README.md
git diff --merge-base main
git status -uno
git branch --sort=-committerdate
git branch -r --contains abc
git tag --list 'v*' --sort=-v:refname
git blame -L '/def foo/,+5' src/app.py
git rev-list --left-right --count main...HEAD
git cat-file blob HEAD:README.md
git remote show
git grep -e foo --and -e bar
grep -n "foo$\|bar" x
grep 'it'"'"'s' x
grep -vE '^\s*(#|$)' x
rg foo --type-add 'web:*.{html,css}' -tweb
rg -U 'a\nb'
find . -name node_modules -prune -o -name '*.js' -print
find src -name '*.py' -newer README.md
file src/*
cut -d'|' -f2 x
tr -cd '[:alnum:]\n'
jq '.a | @csv' -r x
jq -r '.a // "none"' x
hexdump -e '16/1 "%02x " "\n"' x
printf '%%\n'
printf -- '-x\n'
test "a" = "b" || echo differ
[ ! -d src ] || ls src
date --date='1 day ago' +%F
ps -eo pid,ppid,cmd
ps axjf
java -version
make -v
cd -- src && ls
echo err >&2
sed -n '/a/,+3p' x
sed -n '2~3p' x
sed -n '5{p;q}' x
sed -n '/a/{ =; p; }' x
git log --oneline -10 --
ls -- src
ls
ls -la
ls -la src/ tests/
ls -lhtr
ls -l --sort=size
ls --color=auto -F
ls src/*.py
wc -l src/*.py
cat src/a.py src/b.py
cat -n src/a.py
cat -A x
head -n 20 x
head -20 x
head -c 100 x
head -n -5 x
tail -n +10 x
tail -5 x
tail -c 200 x
wc -l x
wc x
grep foo x
grep -n "def " src/a.py
grep -rn "foo" --include="*.py" .
grep -rn foo --include=*.py --exclude-dir=node_modules src
grep -i -A 3 -B 3 foo x
grep -A3 -B3 foo x
grep -c '' x
grep -E 'a|b' x
grep -oP '\d+' x
grep -rnw . -e foo
grep -l foo -r src
grep --color=never -n foo x
grep -Rn foo src
egrep -v 'a|b' x
fgrep -x foo x
grep -5 foo x
grep -m1 foo x
grep -q foo x && echo yes || echo no
rg -n "fn main" --type rust
rg -tpy foo
rg -i foo src -g '!tests'
rg --files | head
rg -c foo
rg -A 3 foo src
rg -e foo -e bar
rg --json foo
rg -uuu foo
rg "foo$" src
rg --max-count=1 foo
rg -S foo --sort path
fd foo
fd -e py
fd -t f -H foo src
find . -name "*.py"
find . -name '*.py' -not -path './node_modules/*'
find src tests -type f -name '*.ts' -o -name '*.tsx'
find . -maxdepth 2 -type d
find . -iname foo -print
find . -newer x
find . -empty
find . -size +1M -ls
find . -type f -printf '%s %p\n'
find . -path ./a -prune -o -name b -print
find . \! -name x
find . -perm -u+x
sed -n '1,20p' x
sed -n 5p x
sed -n '/foo/,/bar/p' x
sed -n '$p' x
sed -n -e 1p -e 3p x
sed -n '10,$p' x
sed -nE '/a+/p' x
sed -n '1,10p;20q' x
sort x
sort -k2,2n -t, x
sort -u x
sort -rn x
sort -n -k 1 x
cat x | sort | uniq -c | sort -nr | head -n 10
cat x | uniq
uniq -d x
cut -d, -f1 x
cut -d ' ' -f 2- x
cut -c1-10 x
tr a-z A-Z
cat x | tr -d '\n'
diff a b
diff -u a b
diff -ru src tests
diff --color=always -y a b
diff -q a b
cmp a b
comm -12 a b
stat x
stat -c %s x
file x
file -b --mime-type x
du -sh src
du -h -d 1
du -ah src
df -h .
pwd
pwd -P
echo hello
echo "hello world"
echo -e "a\tb"
echo -n x
printf '%s\n' a b
printf "hello\n"
true
false
test -f x
test -d src
[ -f x ] && cat x
[ -d src ] || echo missing
test -n "x"
which python3
which -a node
type ls
type -a python
command -v git
basename a/b.txt .txt
dirname a/b
realpath src
readlink -f x
date
date +%s
date -u
date "+%Y-%m-%d %H:%M:%S"
date -u +"%Y-%m-%dT%H:%M:%SZ"
date -d yesterday +%F
uname
uname -m
whoami
id
id -un
hostname
ps aux
ps -ef
ps aux | grep node
ps -p 1 -o pid,comm
nl x
nl -ba x
od -c x
od -An -tx1 x
xxd x
xxd -l 64 x
hexdump -C x
strings x
md5sum x
sha256sum x
sha1sum a b
jq . x.json
jq -r '.a.b' x.json
jq '.dependencies' package.json
jq -c '.[] | select(.a == 1)' x.json
jq -r 'keys[]' x.json
jq --arg n foo '.[$n]' x.json
cat x.json | jq '.a'
yq '.a' x.yml
yq -r .a x.yml
tree
tree -L 2
tree -a -I 'node_modules|.git'
tree -L 2 -d
git status
git status -s
git status --short --branch
git status --porcelain
git --no-pager log -5
git --no-pager diff
git log -5
git log -n 5 --oneline
git log --oneline --graph --all --decorate
git log --stat
git log --since="2 weeks ago"
git log --author=me
git log --grep=fix
git log main..HEAD
git log HEAD~3..
git log -p src/a.py
git log --follow src/a.py
git log --pretty=format:'%h %s'
git log --pretty=oneline
git log --format='%h %an %ar %s' -10
git log -L 1,10:src/a.py
git log --name-only -3
git log --diff-filter=D --summary
git log -G'foo'
git diff
git diff --staged
git diff HEAD~1
git diff main...HEAD
git diff main -- src
git diff --name-only
git diff --name-status HEAD
git diff --stat HEAD~3 HEAD
git diff -U10
git diff -w
git diff HEAD^ HEAD
git diff --no-color
git show
git show HEAD
git show HEAD --stat
git show abc123:src/a.py
git show -s --format=%B HEAD
git show --name-only HEAD
git show stash@{0}
git show HEAD@{1}
git branch
git branch -a
git branch -r
git branch --show-current
git branch --list
git branch --contains HEAD
git branch --merged main
git branch -vv
git tag
git tag -l
git tag -l 'v1*'
git tag --sort=-creatordate
git tag -n
git remote
git remote -v
git remote get-url origin
git rev-parse HEAD
git rev-parse --abbrev-ref HEAD
git rev-parse --short HEAD
git rev-parse --is-inside-work-tree
git rev-parse --abbrev-ref --symbolic-full-name @{u}
git ls-files
git ls-files src
git ls-files --others --exclude-standard
git ls-files -m
git ls-tree -r HEAD --name-only
git ls-tree HEAD
git blame src/a.py
git blame -L 10,20 src/a.py
git grep foo
git grep -n foo -- '*.py'
git describe
git describe --tags --always
git stash list
git stash show -p
git stash show stash@{0}
git reflog
git reflog -5
git reflog show HEAD
git shortlog -sn
git shortlog -sne HEAD
git config --get user.email
git config --list
git config -l
git config user.name
git config --get-regexp remote
git rev-list --count HEAD
git merge-base main HEAD
git cat-file -t HEAD
git for-each-ref --sort=-committerdate refs/heads/
git for-each-ref --format='%(refname:short)' refs/heads
git show-ref
git symbolic-ref HEAD
git symbolic-ref --short HEAD
git worktree list
git count-objects -vH
git check-ignore -v x
git diff-tree --no-commit-id --name-only -r HEAD
git name-rev HEAD
git --version
git version
python --version
python3 --version
python -V
node --version
node -v
npm --version
cargo --version
rustc --version
pip --version
make --version
gcc --version
cd src && ls
cd src && cat a.py && cd .. && ls
cd src; ls; cd ..
cd src && git status
ls; pwd; whoami
ls && echo ok
cat x || true
ls -la 2>&1
ls nonexist 2>/dev/null
ls >/dev/null 2>&1 && echo yes
cat x 2>/dev/null | head
echo "---" && ls
echo '=== a ===' && cat src/a.py
seq 10
seq 1 2 10
nproc
free -h
uptime
groups
tac x
rev x
paste a b
paste -sd, x
join a b
fold -w 80 x
column -t x
expand -t 4 x
base64 x
base64 -d x
cksum x
expr 1 + 2
arch
lscpu
tty
locale
getconf PAGE_SIZE
pgrep -f node
grep -n "foo\|bar" x
grep -n 'a' src/a.py | head -n 5 | cut -d: -f1
head -n1 x
tail -n1 x
ls -1 src | wc -l
find . -name '*.py' | wc -l
find . -name "*.py" | head -20
find . -type f -name "*.json" -not -path "*/node_modules/*" | sort
git log --oneline | head -5
git diff --stat | tail -1
git log -1 --format=%cd --date=short
git log --all --oneline -- src/a.py
git branch -a | grep foo
ls -la src | grep py
ls -lS
ls -lt | head
ls -i
grep -rIn foo .
grep -rn 'x' . --include='*.py' --include='*.js'
grep -L foo src/a.py src/b.py
grep -rn "a" src/ | grep -v test | wc -l
rg -l foo | wc -l
rg -n --glob '*.py' foo
rg -n 'foo' -C 2
rg --type-list
rg -F 'a.b(' src
rg -w foo
rg --count-matches foo
rg -N foo x
rg --no-ignore foo
"""
DOING_MORE = r"""
sed -n '5{w x;}' f
sed -n '5{s/a/b/e}' f
git log --diff-merges=remerge
git remote show origin
uniq x -c
xxd -p x -C
seq 1 99999999
seq inf
printf '%%%n' x
ps -auxe
sort -o x y
sort --output=x y
sort --outp=x y
sort -T . x
sort --compress-program=./x y
sort -ro x y
sort -nox y
uniq a b
uniq -c a b
uniq -- a b
uniq src/*.py
tree -o x
tree -R -H . -L 1
find . -delete
find . -exec ls {} +
find . -okdir x
find -files0-from x
find . -fls x
find -L .
sed -n 'w x' f
sed -n '1w x' f
sed -n '1e' f
sed -n 's/a/b/w x' f
sed -n -f x f
sed -i 's/a/b/' f
sed -n --in-place p f
sed -ni p f
sed -n '1r /etc/passwd' f
sed -n '/[/]/p' f
sed p f
xxd a b
xxd -r a b
xxd -r -p a b
date -s 2020
date 010100002020
date --set=x
date -us x
hostname foo
hostname -F x
hostname -f
ls /etc
cat /etc/passwd
cat ../x
cat out/passwd
ls out
cat keys/server.pem
cat keys/*
cat keys/*.pem
cat links/*
grep -r x -f /etc/passwd
grep -R root .
grep -R root links
grep foo links/p
rg -L foo
rg --pre=x foo
rg --pre x foo
rg --hostname-bin=x foo
rg -z foo
rg --search-zip x
rg foo /etc
rg -f /etc/passwd
rg --ignore-file /etc/passwd foo
fd -x rm
fd foo -X rm
fd --exec rm
fd . /etc
head -n 5 /etc/passwd
wc --files0-from=x
du --files0-from=x
du -X /etc/passwd
file -m x y
file -f x
file -C -m x
file -z x
file -p x
tail -f x
tail -F x
tail --follow x
diff --to-file=/etc/passwd x
diff -l a b
pr -l 10 /etc/passwd
git -c core.pager=x log
git -C /etc status
git -C src status
git --git-dir=x log
git --work-tree=x status
git --exec-path=x status
git -p log
git log --output=x
git log --outpu=x
git log -o x
git diff --ext-diff
git diff --textconv
git show --textconv HEAD:x
git diff --no-index /dev/null /etc/passwd
git diff /etc/passwd /etc/group
git diff a ../../x
git show HEAD:.env
git show :.env
git show ':(top).env'
git log -p -- .env
git log --format=%x1b
git log --pretty=format:%x07
git log --format='%G?'
git log --show-signature
git for-each-ref --format='%1b'
git for-each-ref --format='%(signature)'
git grep -O foo
git grep -Oless foo
git grep --open-files-in-pager foo
git grep -f /etc/passwd
git branch x
git branch -D x
git branch -m a b
git branch -f a b
git branch -u x
git branch --edit-description
git branch -v foo
git branch -c a
git tag x
git tag -a x -m y
git tag -d x
git tag -v x
git stash
git stash drop
git stash show --output=x
git remote add x y
git remote show origin
git remote update
git remote prune origin
git reflog expire --all
git reflog delete x
git worktree add x
git symbolic-ref HEAD refs/heads/x
git symbolic-ref -d HEAD
git config x.y z
git config --unset x.y
git config -e
git config --global --edit
git config --add a.b c
git config --replace-all a.b c
git config set a.b c
git fetch
git ls-remote
git help log
git log --help
git status --help
git archive HEAD
git bundle create x
git notes add
git describe --broken
git cat-file --textconv x
git cat-file --filters x
git rev-parse --parseopt
git x
git
git checkout .
git diff *
git submodule status
git bisect start
git show-ref --exclude-existing=x
git update-index --refresh
git hash-object -w x
git fsck --lost-found
echo *
echo *.py
echo $x
echo "$x"
echo `x`
echo ~
printf -v x y
printf %n x
printf '%5n' x
printf "%-n" x
test -v x
test 1 -eq 1
[ -v x ]
[ 1 -lt 2 ]
[ -f x
test -f /etc/passwd
command ls
command -p ls
command -pv ls
builtin ls
exec ls
eval ls
type -x
cd
cd -
cd ~
cd /
cd ..
cd .. && ls
cd src && cat ../../x
cd src && cd ../.. && ls
cd out && cat passwd
cd nosuch; cat ../x
cd nosuch || cat ../x
jq env
jq -n env
jq '$ENV.x' f
jq -n '$ENV'
jq -f x f
jq --from-file x f
jq 'import "x" as $x; .' f
jq 'include "x"; .' f
jq -L . x
jq --slurpfile a /etc/passwd . x
jq --rawfile a /etc/passwd . x
jq . /etc/passwd
jq --argfile a b . x
jq -i . x
jq '..|env' x
yq -i .a x
yq '.a = load("x")' f
yq 'env(X)' f
yq -s .a f
yq . /etc/passwd
yq -P ../x
yq --in-place .a x
python -c 1
python x.py
python
python --version x
node -e 1
node --version -e 1
cargo -V build
ps e
ps auxe
ps -o environ
ps axe
ps -auxe
ps -ae -o pid,environ
pgrep --signal 9 x
shuf -o x y
iconv -o x y
base64 -o x y
strings @x
nm @x
nm --plugin x y
ls -\a
ls >x
ls > x
ls >> x
ls 2>x
ls &>x
ls <x
ls | tee x
ls &
ls & ls
(ls)
{ ls; }
! ls
ls # x
time ls
A=1 ls
./ls
/bin/ls
"ls"
l\s
'l's
ls --colo
ls --al
cat --number-nonblan x
head --line=3 x
grep --inc=x y
less x
more x
man ls
env
printenv
awk 1 x
perl -e 1
xargs ls
tee x
curl x
ping x
dig x
nslookup x
docker ps
kubectl get pods
make
make -n
npm ls
npm test
yarn --version
pnpm -v
pytest --version
ldd x
objdump -d x
watch ls
top
htop
vim x
nano x
touch x
mkdir x
ln -s a b
ls nosuch; rm x
id; reboot
export A=1
set -x
unset x
source x
. x
alias
history
kill 1
jobs
wait
trap
ulimit -a
umask
read x
lsof
netstat
ss
ifconfig
ip a
mount
dmesg
sysctl -a
tar tf x
unzip -l x
zcat x
gzip -l x
sqlite3 x .dump
nohup ls
sudo ls
su
bash x
sh -c ls
stat -c %s /etc/passwd
realpath /etc
readlink /proc/self/exe
cat /dev/stdin
cat /dev/tty
cat /proc/self/environ
head /dev/urandom
df /etc
column -t /etc/passwd
comm a /etc/passwd
cat ''
cat '~/x'
grep -r x -- /etc
grep -e x /etc/passwd
grep x --exclude-from=/etc/passwd -r .
ls -- /etc
cat -- -x /etc/passwd
od -c /dev/sda
cmp x /etc/passwd
hexdump -f /etc/passwd x
sort --files0-from=x
sort --random-source=/etc/passwd x
cal -h; rm x
who --lookup
seq 1 10 > x
ls\
nl /etc/passwd
diff -r links keys
"""


@pytest.mark.parametrize("text", READING.strip().split("\n"))
def test_reading_is_proven(text: str, root: Path) -> None:
    verdict = decide(text, "smart", root, root)
    assert verdict.decision == "allow", verdict.reasons


@pytest.mark.parametrize("text", DOING_MORE.strip().split("\n"))
def test_what_may_do_more_than_read_in_the_workspace_is_not_proven(text: str, root: Path) -> None:
    assert decide(text, "smart", root, root).decision == "ask"


def test_nothing_is_proven_where_a_folder_has_too_many_links_to_follow(root: Path) -> None:
    many = root / "many"
    many.mkdir()
    for number in range(2100):
        (many / str(number)).touch()
    assert decide("grep -r x many", "smart", root, root).decision == "allow"
    assert decide("grep -R x many", "smart", root, root).decision == "ask"


def test_links_within_the_workspace_are_followed_to_their_end(root: Path) -> None:
    (root / "one").mkdir()
    (root / "one" / "two").symlink_to("../two")
    (root / "two").mkdir()
    (root / "two" / "one").symlink_to("../one")
    assert decide("grep -R x one", "smart", root, root).decision == "allow"
    (root / "two" / "etc").symlink_to("/etc")
    assert decide("grep -R x one", "smart", root, root).decision == "ask"
    assert decide("grep -r x one", "smart", root, root).decision == "allow"


def test_a_release_that_the_folder_pins_is_not_asked_for_its_version(root: Path) -> None:
    assert decide("cargo --version", "smart", root, root).decision == "allow"
    pinned = root / "pinned"
    pinned.mkdir()
    (pinned / "rust-toolchain.toml").write_text('[toolchain]\npath = "."\n', encoding="utf-8")
    assert decide("cargo --version", "smart", pinned, root).decision == "ask"

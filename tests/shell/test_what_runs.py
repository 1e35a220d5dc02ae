"""Whatever a script starts by a detour is seen as what it is, or is said to be unread."""

from __future__ import annotations

import pytest

from tests.shell.lines import commands, unknown
from wholeship.shell.interpret import interpret
from wholeship.texts.template import Kind, Value

PUSH = "docker push r/a:1"


@pytest.mark.parametrize(
    "script",
    [
        f"sudo -u x -E A=b {PUSH}",
        f"env -i A=b {PUSH}",
        f"stdbuf -oL nice -n5 ionice -c 2 {PUSH}",
        f"nice -n 5 {PUSH}",
        f"timeout -k 5 30 {PUSH}",
        f"chrt 1 {PUSH}",
        f"chroot /x {PUSH}",
        f"nsenter -t 1 {PUSH}",
        f"taskset 0x1 {PUSH}",
        f"flock /tmp/lock {PUSH}",
        f"nohup setsid {PUSH}",
        f"time -p {PUSH}",
        f"command {PUSH}",
        f"exec {PUSH}",
        f"bundle exec {PUSH}",
        f"npx -y {PUSH}",
        f"poetry run {PUSH}",
        f"uv run --with x {PUSH}",
        f"bash -c '{PUSH}'",
        f"bash -euo pipefail -c '{PUSH}'",
        f"eval {PUSH}",
        f"eval '{PUSH}'",
        f"x='{PUSH}'\n$x",
        f"echo '{PUSH}' | bash",
        f"echo '{PUSH}' | sh -e",
        f"bash <<'E'\n{PUSH}\nE",
        f"bash -s -- x <<< '{PUSH}'",
        "for i in a; do echo \"docker push r/$i:1\"; done | bash",
        f"bash <(echo '{PUSH}')",
        f"source <(echo '{PUSH}')",
        f"f() {{ {PUSH}; }}\nf",
        f"function f {{ {PUSH}; }}\nf",
        "printf -v i '%s:%s' a 1\ndocker push r/$i",
        f"trap '{PUSH}' EXIT",
        f"trap '{PUSH}' DEBUG\ntrue",
        f"echo '{PUSH}' > x.sh\nchmod +x x.sh\n./x.sh",
        f"cat > run <<'E'\n{PUSH}\nE\nsh run",
        f"printf '%s\\n' '{PUSH}' | tee run.sh\nbash -e run.sh",
        f"echo '{PUSH}' > env.sh\n. env.sh",
        f"mkdir b\ncd b\necho '{PUSH}' > x.sh\nbash x.sh",
        "echo 'docker push r/$1:$2' > x.sh\nbash x.sh a 1",
        "printf '%s\\n' a | xargs -I{} docker push r/{}:1",
        "echo a | xargs -n1 -I% docker push r/%:1",
        "echo r/a:1 | xargs -r docker push",
        "echo r/a:1 | xargs -P4 -n 1 docker push",
        "echo push r/a:1 | xargs docker",
        "echo r/a:1 | xargs sh -c 'docker push \"$0\"'",
    ],
)  # fmt: skip
def test_a_push_by_a_detour_is_a_push(script: str) -> None:
    """Wrappers, texts that are run, scripts that are written first: the push is seen."""
    assert any(line.startswith(PUSH) for line in commands(script)), commands(script)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("printf '%s\\n' a b | xargs -I{} docker push r/{}:$TAG",
         ["docker push r/a:{$TAG}", "docker push r/b:{$TAG}"]),
        ("echo a b | xargs -n1 docker push", ["docker push a", "docker push b"]),
        ("echo a b | xargs -n 2 x", ["x a b"]),
        ("git ls-files | xargs -n1 docker push", ["docker push {each of the lines of the input} ?*"]),
        ("find . -name x -exec docker push r/{} \\;", ["docker push r/{each of find . -name x} ?~*"]),
        ("mapfile -t N < <(git ls-files)\nfor n in \"${N[@]}\"; do docker push $n; done",
         ["docker push {each of N} ?*"]),
        ("N=($(git ls-files))\nfor n in \"${N[@]}\"; do docker push $n; done",
         ['docker push {each of "${N[@]}"} ?*']),
        ("read -ra N < <(git ls-files)\nfor n in \"${N[@]}\"; do docker push $n; done",
         ["docker push {each of N} ?*"]),
        ("declare -A M=([a]=b [c]=d)\nfor n in \"${!M[@]}\"; do docker push $n; done",
         ["docker push {each of ${!M[@]}} ?*"]),
        ("declare -A M=([a]=b)\nfor n in \"${!M[@]}\"; do docker push $n/${M[$n]}; done",
         ["docker push a/b"]),
        ("M=(x y)\nfor n in \"${!M[@]}\"; do docker push ${M[$n]}; done", ["docker push x", "docker push y"]),
        ("M=($(ls))\nfor n in \"${!M[@]}\"; do docker push $n; done",
         ["ls ?~", "docker push {each of ${!M[@]}} ?*"]),
        ("M=(services/*)\nfor n in \"${!M[@]}\"; do docker push $n; done",
         ["docker push {each of ${!M[@]}} ?*"]),
        ("M=([a]=b)\nif $X; then M=([c]=b); fi\nfor n in \"${!M[@]}\"; do docker push $n; done",
         ["{$X} ~", "docker push {each of ${!M[@]}} ?*"]),
        ("x[$i]=a\nfor n in \"${x[@]}\"; do docker push $n; done", ["docker push {each of x} ?*"]),
        ("exec docker push a\ndocker push b", ["docker push a"]),
        ("coproc docker push a\ndocker push b", ["docker push a ~&", "docker push b"]),
        ("docker push r/{a,b}:$TAG", ["docker push r/a:{$TAG} r/b:{$TAG}"]),
        ("for i in r/{a,b}:$TAG; do docker push $i; done",
         ["docker push r/a:{$TAG}", "docker push r/b:{$TAG}"]),
    ],
)  # fmt: skip
def test_a_list_that_only_the_run_knows_is_many(script: str, said: list[str]) -> None:
    """One command line for each of many words, in order where they are known."""
    assert commands(script) == said


@pytest.mark.parametrize(
    ("tag", "rounds"),
    [
        ("github.sha", 2),
        ("github.run_number", 2),
        ("github.ref_name", 2),
        ("characters :7 of {github.sha}", 2),
        ("characters :0 of {github.sha}", 1),
        ("#v of {github.ref_name}", 1),
        ("github.head_ref", 1),
        ("steps.a.outputs.tag", 1),
    ],
)
def test_what_is_one_word_at_github_is_one_word_without_quotes(tag: str, rounds: int) -> None:
    """The commit and the names of refs are one word, with quotes or without; of other texts nobody knows."""
    script = "for t in $TAG latest; do docker push a:$t; done"
    said = commands(script, TAG=Value.hole(Kind.COMMIT, tag))
    assert len(said) == rounds, said
    assert (said[-1] == "docker push a:latest") == (rounds == 2)


@pytest.mark.parametrize(
    "script",
    [
        'eval "$X"',
        'bash -c "$X"',
        "generate | bash",
        "echo x | base64 -d | bash",
        'docker images | sed -n "s|a|docker push b|p" | bash',
        "generate > x.sh\nbash x.sh",
        "generate > x.sh\n./x.sh",
        ". <(generate)",
        "shopt -s expand_aliases\nalias docker=echo\ndocker push a",
        "hash -p /bin/true docker\ndocker push a",
        'trap "$X" EXIT',
    ],
)
def test_a_text_that_nobody_knows_is_said(script: str) -> None:
    """What runs is only known in the run: said, never left out."""
    assert interpret(script).unread


def test_an_installer_that_is_fetched_and_run_installs() -> None:
    """``curl … | sh`` is taken to install something; what is fetched into a file and read is not."""
    assert not interpret("curl -fsSL https://get.example.com | sh -s -- -y").unread


@pytest.mark.parametrize(
    ("script", "files", "is_said"),
    [
        ("PATH=$PWD/bin:$PATH\ndocker push a", {"bin/docker": ""}, True),
        ("export PATH=bin:$PATH\ndocker push a", {"bin/docker": ""}, True),
        ("PATH=$PWD/bin:$PATH\ndocker push a", {"bin/tool": ""}, False),
        ("PATH=$HOME/bin:$PATH\ndocker push a", {"bin/docker": ""}, False),
        ("mkdir b\necho exit > b/docker\nPATH=$PWD/b:$PATH\ndocker push a", {}, True),
    ],
)
def test_a_program_of_the_repository_in_the_place_of_another_is_said(
    script: str, files: dict[str, str], is_said: bool
) -> None:
    """``docker`` may be a script of the repository once ``PATH`` leads there first."""
    assert bool(interpret(script, read=files.get).unread) is is_said


OPTIONS = (
    'while getopts "i:t:p" o; do case $o in i) i=$OPTARG ;; t) t=$OPTARG ;; p) p=1 ;; *) exit 2 ;; esac; done'
)


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (f"set -- -i a -t 1 -p\n{OPTIONS}\ndocker push r/$i:$t", "docker push r/a:1"),
        (f"set -- -ia -t1\n{OPTIONS}\ndocker push r/$i:$t", "docker push r/a:1"),
        (f"set -- -i a b\n{OPTIONS}\nshift $((OPTIND - 1))\ndocker push r/$i:$1", "docker push r/a:b"),
        (f"f() {{ local OPTIND=1; {OPTIONS}; docker push r/$i:$t; }}\nf -t 1 -i a", "docker push r/a:1"),
        ("names=(a b)\nn=1\ndocker push r/${names[$n]}:1", "docker push r/b:1"),
        ("names=(a b)\nn=1\ndocker push r/${names[n]}:1", "docker push r/b:1"),
        ("declare -A names=([x]=a)\ndocker push r/${names[x]}:1", "docker push r/a:1"),
        ("declare -A names=([x]=a [y]=b)\nn=y\ndocker push r/${names[$n]}:1", "docker push r/b:1"),
        ("declare -A names=([x]=a [y]=b)\nnames[z]=c\ndocker push r/${names[y]}:1", "docker push r/b:1"),
        ("declare -A names=([x]=a [y]=b)\nnames[y]=c\ndocker push r/${names[y]}:1", "docker push r/c:1"),
        (
            "declare -A names=([x]=a [y]=b)\nnames[$Z]=c\ndocker push r/${names[y]}:1",
            "docker push r/{each of names}:1",
        ),
        (
            "names=(a b)\nfor ((n = 0; n < $N; n++)); do docker push r/${names[$n]}:1; done",
            "docker push r/a:1 or docker push r/b:1 ?*",
        ),
        # The place of an entry says nothing where keys were given.
        ("names=([1]=b [0]=a)\ndocker push r/${names[0]}:1", "docker push r/a:1"),
        ("names=([$X]=b [0]=a)\ndocker push r/${names[0]}:1", "docker push r/b:1 or docker push r/a:1"),
    ],
)
def test_options_and_places_are_followed(script: str, found: str) -> None:
    """``getopts`` takes its options from the words of the script; an array gives what stands at a place."""
    assert found in commands(script)


def test_options_that_are_not_known_are_holes() -> None:
    """Words that only the run knows may be any option."""
    script = f"set -- $GIVEN\n{OPTIONS}\ndocker push r/$i:1"
    assert not any("r/:1" in line and "{" not in line for line in commands(script, GIVEN=unknown("given")))
    assert any("{each of OPTARG}" in line for line in commands(script, GIVEN=unknown("given")))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            "n=(a b)\nfor ((i = 0; i < ${#n[@]}; i++)); do docker push ${n[$i]}; done",
            ["docker push a", "docker push b"],
        ),
        ("for ((i = 2; i; i--)); do docker push $i; done", ["docker push 2", "docker push 1"]),
        (
            "for ((i = 0; ; i++)); do docker push $i; [ $i = 1 ] && break; done",
            ["docker push 0", "docker push 1"],
        ),
        ("for ((i = 0; i < N; i++)); do docker push $i; done", ["docker push {each of i} ?*"]),
        ("x=abc\ndocker push v${#x}", ["docker push v3"]),
        ("cat > r.sh <<E\ndocker push $X\ndocker push b\nE\n. ./r.sh", ["docker push {X}", "docker push b"]),
    ],
)
def test_loops_that_count_are_unrolled_as_far_as_the_numbers_are_known(script: str, said: list[str]) -> None:
    """Each round has its own number; a number that only the run knows leaves the rounds open."""
    assert commands(script, N=unknown("N"), X=unknown("X")) == said


@pytest.mark.parametrize(
    "script",
    [
        's=()\nfor f in "$DIR"/d/*.txt; do s+=("$f"); done',
        "s=()\nfor f in $DIR/*.txt; do s+=($f); done",
        's=("$DIR"/*.txt)',
        's=("$DIR"/a?.txt)',
    ],
)
def test_a_pattern_of_file_names_behind_a_variable_is_many(script: str) -> None:
    """Whatever folder it is in: what asks for two of them does not end the script for certain."""
    asked = f'{script}\nif [ "${{#s[@]}}" -lt 2 ]; then exit 1; fi\ndocker push a'
    assert commands(asked, DIR=unknown("dir")) == ["docker push a"]


@pytest.mark.parametrize(
    "script",
    [
        "a=()\nfor f in x/*; do a+=(w); done",
        'a=(v)\nif [ -n "$X" ]; then a+=(w); fi',
        'a=(v)\nwhile read -r l; do a+=("$l"); done <<< "$X"',
        "a=(v w)\nunset 'a[0]'",
        "a=(v)\nfor f in x/*; do a[1]=w; done",
    ],
)
def test_an_array_that_nobody_can_count_decides_nothing(script: str) -> None:
    """What hangs on how many words it has can happen either way."""
    end = "if [ ${#a[@]} -lt 2 ]; then exit 1; fi\ndocker push r/a:1"
    assert commands(f"{script}\n{end}", X=unknown("X")) == [PUSH]
    more = "if [ ${#a[@]} -gt 1 ]; then exit 1; fi\ndocker push r/a:1"
    assert commands(f"{script}\n{more}", X=unknown("X")) == [PUSH]
    assert commands("a=(v)\n" + end) == []


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("x=a true\ndocker push r/${x:-none}:1", ["docker push r/none:1"]),
        ("x=a\nx+=b\ndocker push r/$x:1", ["docker push r/ab:1"]),
        ("x=a\n(x=b)\ndocker push r/$x:1", ["docker push r/a:1"]),
        ("unset x\ndocker push r/${x:-y}:1", ["docker push r/y:1"]),
    ],
)
def test_a_variable_holds_what_was_last_put_into_it_here(script: str, said: list[str]) -> None:
    """What stands before a command is gone after it; what is appended stays; a subshell keeps its own."""
    assert [each for each in commands(script) if "docker" in each] == said

#!/bin/sh
# Tool: act 0.2.82, in host mode (-P ubuntu-latest=-self-hosted; no engine, no network).
# Run: a job whose matrix is fromJSON of an output that is `[]`; and a job behind one that fails and has
#   `continue-on-error: true`.
# One would guess: no value, no job (GitHub ends such a run with an error: the vector has no values); and a job that may
#   fail does not fail the run (GitHub's page on workflow syntax).
# What happens: the job runs once, with nothing for `matrix.image`, and the run succeeds. Behind the job that may fail,
#   nothing runs, and act ends with 1.
# Why it matters: a workflow that is tried with act pushes an image without a name, where GitHub would have stopped; and
#   a publish that GitHub would do is not seen.

set -eu
[ -n "${bounded:-}" ] || bounded=yes exec timeout 1800 "$0" "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
changed=0
# state WHAT STATED SEEN: shows what was seen, and notes it where it is not what this file states.
state() {
    printf '%s: %s\n' "$1" "$3"
    [ "$3" = "$2" ] && return
    printf '    stated was: %s\n' "$2"
    changed=1
}
# tell: the closing line.
tell() {
    [ "$changed" = 0 ] && echo "as stated" && exit 0
    echo "changed"
    exit 1
}
GOBIN="$work/bin" timeout 1500 go install github.com/nektos/act@v0.2.82
PATH="$work/bin:$PATH"
HOME="$work/home"
export HOME
mkdir -p "$HOME/.config/act" "$work/repository/.github/workflows"
: >"$HOME/.config/act/actrc"
cd "$work/repository"
git init -q .
# seen FILE: the lines that jobs of the workflow FILE print behind "said", sorted, and how act ended.
seen() {
    git add -A
    git -c user.name=someone -c user.email=someone@example.com commit -qm "$1"
    ended=0
    timeout 120 act push -W ".github/workflows/$1" -P ubuntu-latest=-self-hosted >"$work/log" 2>&1 || ended=$?
    sed -n 's/^\[[^]]*\] *| said \(.*\)$/\1/p' "$work/log" | sort | paste -sd, -
    echo "exit $ended"
}
cat >.github/workflows/matrix.yml <<'END'
on: push
jobs:
  list:
    runs-on: ubuntu-latest
    outputs: {images: "${{ steps.list.outputs.images }}"}
    steps:
      - id: list
        run: echo 'images=[]' >> "$GITHUB_OUTPUT"
  push:
    needs: list
    runs-on: ubuntu-latest
    strategy:
      matrix: {image: "${{ fromJSON(needs.list.outputs.images) }}"}
    steps:
      - run: echo "said push registry.example.com/acme/${{ matrix.image }}:1"
END
state "an empty matrix" "push registry.example.com/acme/:1 exit 0" "$(seen matrix.yml | paste -sd' ' -)"
cat >.github/workflows/allowed.yml <<'END'
on: push
jobs:
  lint:
    runs-on: ubuntu-latest
    continue-on-error: true
    steps: [{run: exit 1}]
  push:
    needs: lint
    runs-on: ubuntu-latest
    steps: [{run: echo said push}]
  other:
    runs-on: ubuntu-latest
    steps: [{run: echo said other}]
END
state "behind a job that may fail" "other exit 1" "$(seen allowed.yml | paste -sd' ' -)"
tell

#!/bin/sh
# Tools: conftest 0.71.1.
# Run: `conftest test` on a manifest that breaks the policy (an image without a digest): with the policy in `package images`,
#   with a namespace that is misspelt, with a rule called `denied`, and as it is meant to be called.
# One would guess: a failure, or an error where no rule was found for the file.
# What happens: without `--namespace` only `package main` is looked at, and a rule is `deny` or `deny_` with any ending. In the
#   first three cases it says "0 tests" and ends with 0.
# Why it matters: a gate on what is rolled out stays green after a policy was moved or renamed. The number of tests in `-o json`
#   has to be looked at, not the exit code alone.

set -eu
[ -n "${bounded:-}" ] || bounded=yes exec timeout 1800 "$0" "$@"
work=$(mktemp -d)
# shellcheck disable=SC2329  # the trap calls it
finish() {
    chmod -R u+w "$work" && rm -rf "$work"
}
trap finish EXIT
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
GOBIN="$work/bin" timeout 1500 go install github.com/open-policy-agent/conftest@v0.71.1
mkdir -p "$work/code/policy"
cd "$work/code"
cat >pod.yaml <<'END'
apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  containers: [{name: app, image: "registry.example.com/app:latest"}]
END
# rule NAME: the one policy, as a rule of that name.
rule() {
    cat >policy/images.rego <<END
package images

$1 contains message if {
    some container in input.spec.containers
    not contains(container.image, "@")
    message := sprintf("%s has no digest", [container.image])
}
END
}
# tested FLAG...: how conftest ends, and what it counted.
tested() {
    if "$work/bin/conftest" test --no-color "$@" pod.yaml >../said 2>&1; then ends=well; else ends=badly; fi
    echo "$ends, $(tail -1 ../said)"
}
rule deny
state "another package than main" "well, 0 tests, 0 passed, 0 warnings, 0 failures, 0 exceptions" "$(tested)"
state "a namespace misspelt" "well, 0 tests, 0 passed, 0 warnings, 0 failures, 0 exceptions" "$(tested --namespace image)"
state "the namespace" "badly, 1 test, 0 passed, 0 warnings, 1 failure, 0 exceptions" "$(tested --namespace images)"
state "all namespaces" "badly, 1 test, 0 passed, 0 warnings, 1 failure, 0 exceptions" "$(tested --all-namespaces)"
rule deny_latest
state "deny_latest" "badly, 1 test, 0 passed, 0 warnings, 1 failure, 0 exceptions" "$(tested --all-namespaces)"
rule denied
state "denied" "well, 0 tests, 0 passed, 0 warnings, 0 failures, 0 exceptions" "$(tested --all-namespaces)"
tell

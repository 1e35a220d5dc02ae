#!/bin/sh
# Tool: kustomize 5.7.1.
# Run: `kustomize edit set image app=app:7` where the image was pinned by digest; `newTag` without quotes; and a build of a
#   custom resource that names the image in `spec.image` and in `spec.containers`.
# One would guess: `newTag: 1.10` is a tag like any other; a custom resource's images all move, or none.
# What happens: setting a tag removes the digest without a word. 1.10 without quotes is refused as a number, while
#   12e4567 is taken. `containers[].image` moves in any kind of resource, a custom one's `spec.image` beside it does not.
# Why it matters: one command un-pins a release; and half of a custom resource runs the new image, half the old.

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
GOBIN="$work/bin" timeout 900 go install sigs.k8s.io/kustomize/kustomize/v5@v5.7.1
PATH="$work/bin:$PATH"
cd "$work"
digest=sha256:0000000000000000000000000000000000000000000000000000000000000000
cat >thing.yaml <<'END'
apiVersion: example.com/v1
kind: Thing
metadata: {name: thing}
spec:
  image: registry.example.com/acme/app:1
  containers: [{name: app, image: "registry.example.com/acme/app:1"}]
END
file() { printf 'resources: [thing.yaml]\nimages: [{name: registry.example.com/acme/app, %s}]\n' "$1" >kustomization.yaml; }
built() { kustomize build . >built.yaml 2>error.log && sed -n 's/.*image: .*app\(.*\)/\1/p' built.yaml | sort | paste -sd ' ' - || echo refused; }
file 'newTag: "2"'
state 'newTag: "2", in containers and in spec' ":1 :2" "$(built)"
file 'newTag: 1.10'
state "newTag: 1.10" refused "$(built)"
file 'newTag: 12e4567'
state "newTag: 12e4567" ":1 :12e4567" "$(built)"
file "digest: \"$digest\""
state "pinned" ":1 @$digest" "$(built)"
kustomize edit set image registry.example.com/acme/app=registry.example.com/acme/app:7 >edit.log 2>&1
state "after edit set image" ":1 :7" "$(built)"
state "words about it" 0 "$(wc -c <edit.log | tr -d ' ')"
tell

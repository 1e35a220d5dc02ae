#!/bin/sh
# Tool: kustomize 5.7.1.
# Run: `kustomize build` with `images:` of two entries: one gives `app` the name registry.example.com/acme/app, the other
#   gives that name the tag 7; in both orders. Then an image that is pinned by digest, under an entry with `newTag` alone;
#   and an image whose registry differs from an entry's by one letter, where the entry has a dot.
# One would guess: each entry is looked up by the name that the manifest has, so their order says nothing; a pin stays
#   until an entry names another digest; a name stands for itself.
# What happens: each entry works on what the one before made. In one order app gets the tag, in the other it is left
#   without one. `newTag` takes the digest away. A dot in `name` stands for any letter.
# Why it matters: sorting a list un-pins an image; and an entry for one registry moves the image of another.

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
DIGEST=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
# built IMAGE ENTRY...: the image of a pod after the entries, in their order.
built() {
    cat >pod.yaml <<END
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  containers:
    - {name: app, image: "$1"}
END
    shift
    printf 'resources: [pod.yaml]\nimages:\n' >kustomization.yaml
    printf -- '- %s\n' "$@" >>kustomization.yaml
    kustomize build . | sed -n 's/.*image: //p'
}
RENAME='{name: app, newName: registry.example.com/acme/app}'
SEVEN='{name: registry.example.com/acme/app, newTag: "7"}'
state "a name, then its tag" "registry.example.com/acme/app:7" "$(built app "$RENAME" "$SEVEN")"
state "the tag, then the name" "registry.example.com/acme/app" "$(built app "$SEVEN" "$RENAME")"
state "a tag for a pinned image" "registry.example.com/acme/app:7" "$(built "registry.example.com/acme/app@$DIGEST" "$SEVEN")"
state "one letter for a dot" "registry-example.com/acme/app:7" "$(built registry-example.com/acme/app:6 "$SEVEN")"
state "one letter for another" "registrz.example.com/acme/app:6" "$(built registrz.example.com/acme/app:6 "$SEVEN")"
tell

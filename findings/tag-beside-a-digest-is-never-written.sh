#!/bin/sh
# Tools: crane 0.20.6, oras 1.2.3, regctl 0.9.2 and docker buildx imagetools 0.38.2, distribution 3.0.0 on the loopback.
# Run: app:missing@DIGEST is read, where the tag `missing` does not exist; and app:1 is copied to app:new@DIGEST.
# One would guess: a tag that is not there, or points elsewhere, is an error; a copy to app:new@DIGEST makes the tag
#   `new` and checks the digest.
# What happens: all four read by the digest and never look at the tag. `crane copy` and `oras cp` end well, oras says
#   "Copied", and there is no tag `new`.
# Why it matters: the tag in app:1.4@sha256:… is a remark that nobody checks; and a release step that writes its tag
#   in this form publishes nothing, in green.

set -eu
[ -n "${bounded:-}" ] || bounded=yes exec timeout 1800 "$0" "$@"
work=$(mktemp -d)
servers=
# shellcheck disable=SC2329  # the trap calls it
finish() {
    for pid in $servers; do kill "$pid" 2>/dev/null || true; done
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
GOBIN="$work/bin" timeout 900 go install github.com/docker/buildx/cmd/buildx@v0.38.2
GOBIN="$work/bin" timeout 900 go install github.com/google/go-containerregistry/cmd/crane@v0.20.6
GOBIN="$work/bin" timeout 900 go install github.com/regclient/regclient/cmd/regctl@v0.9.2
GOBIN="$work/bin" timeout 900 go install oras.land/oras/cmd/oras@v1.2.3
GOBIN="$work/bin" timeout 900 go install github.com/distribution/distribution/v3/cmd/registry@v3.0.0
PATH="$work/bin:$PATH"
# serve NAME PROGRAM: a registry on a free port of the loopback; its address is left in the file NAME.at.
serve() {
    mkdir "$work/$1.store"
    cat >"$work/$1.yml" <<END
version: 0.1
log: {level: info, formatter: text}
storage:
  filesystem: {rootdirectory: $work/$1.store}
  delete: {enabled: true}
http: {addr: "127.0.0.1:0"}
END
    : >"$work/$1.log"
    OTEL_TRACES_EXPORTER=none "$2" serve "$work/$1.yml" >"$work/$1.log" 2>&1 &
    servers="$servers $!"
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        sed -n 's/.*listening on \(127[.0-9]*:[0-9]*\).*/\1/p' "$work/$1.log" >"$work/$1.at"
        [ -s "$work/$1.at" ] && return
        sleep 0.5
    done
    echo "the registry $1 did not start"
    exit 1
}
serve three "$(command -v registry)"
host=$(cat "$work/three.at")
app=$host/acme/app
export HOME="$work" DOCKER_CONFIG="$work/docker" BUILDX_CONFIG="$work/buildx"
cd "$work"
tar -cf layer.tar three.yml
{
    regctl registry set --tls disabled "$host"
    crane append --oci-empty-base -f layer.tar -t "$app:1"
} >>log 2>&1
digest=$(crane digest "$app:1")
# ends COMMAND...: how it ends.
ends() { if "$@" >>log 2>&1; then echo well; else echo badly; fi; }
missing=$app:missing@$digest
state "read by crane" well "$(ends crane manifest "$missing")"
state "read by regctl" well "$(ends regctl manifest get "$missing")"
state "read by oras" well "$(ends oras manifest fetch --plain-http "$missing")"
state "read by imagetools" well "$(ends timeout 60 buildx imagetools inspect "$missing")"
state "crane copy to new@DIGEST" well "$(ends crane copy "$app:1" "$app:new@$digest")"
state "oras cp to new@DIGEST" well \
    "$(ends oras cp --from-plain-http --to-plain-http "$app:1" "$app:new@$digest")"
state "tags there are" 1 "$(crane ls "$app" | paste -sd ' ' -)"
tell

#!/bin/sh
# Tools: cosign 3.1.3, crane 0.20.6, oras 1.2.3, distribution 3.0.0 on the loopback.
# Run: one in-toto statement about two images, app and worker, is signed with `cosign attest-blob --statement` and attached
#   to both as a Sigstore bundle; then `cosign verify` is asked about worker, and about app.
# One would guess: the answer names the digest of the image that was asked about.
# What happens: both are verified, as they should be, and under worker's name stands app's digest: always that of the
#   statement's first subject. The statement that `verify-attestation` prints has both, under their names.
# Why it matters: a deploy step that takes the verified digest from this output puts app's image into worker's place.

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
GOBIN="$work/bin" timeout 900 go install github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3
GOBIN="$work/bin" timeout 900 go install github.com/google/go-containerregistry/cmd/crane@v0.20.6
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
export HOME="$work" DOCKER_CONFIG="$work/docker" COSIGN_PASSWORD=
cd "$work"
{
    for name in app worker; do
        echo "$name" >"$name.txt"
        tar -cf "$name.tar" "$name.txt"
        crane append --oci-empty-base -f "$name.tar" -t "$host/acme/$name:1"
    done
    cosign generate-key-pair
    cosign signing-config create >nobody.json
} >>log 2>&1
first=$(crane digest "$host/acme/app:1")
second=$(crane digest "$host/acme/worker:1")
kind=https://example.com/release/v1
jq -n --arg app "${first#sha256:}" --arg worker "${second#sha256:}" --arg kind "$kind" '{
    _type: "https://in-toto.io/Statement/v1", predicateType: $kind, predicate: {tag: "1"},
    subject: [{name: "app", digest: {sha256: $app}}, {name: "worker", digest: {sha256: $worker}}]
}' >statement.json
bundle=application/vnd.dev.sigstore.bundle.v0.3+json
{
    cosign attest-blob --statement statement.json --signing-config nobody.json --key cosign.key --yes --bundle it.json
    for name in app worker; do
        oras attach --plain-http --artifact-type "$bundle" -a dev.sigstore.bundle.content=dsse-envelope \
            -a "dev.sigstore.bundle.predicateType=$kind" "$host/acme/$name:1" "it.json:$bundle"
    done
} >>log 2>&1
# told NAME: whose digest the answer has.
told() {
    cosign verify --insecure-ignore-tlog=true --key cosign.pub "$host/acme/$1:1" 2>>log |
        jq -r '.[].critical.image["docker-manifest-digest"]' | sed "s/^$first\$/app's/; s/^$second\$/worker's/"
}
# stated NAME: whether the statement that is shown for it has its digest.
stated() {
    cosign verify-attestation --insecure-ignore-tlog=true --key cosign.pub --type "$kind" "$host/acme/$1:1" 2>>log |
        jq -r '.payload | @base64d | fromjson | [.subject[].name] | join(" and ")'
}
state "the digest for app" "app's" "$(told app)"
state "the digest for worker" "app's" "$(told worker)"
state "the statement for worker is about" "app and worker" "$(stated worker)"
tell

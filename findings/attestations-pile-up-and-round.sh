#!/bin/sh
# Tool: cosign 2.6.1, crane 0.20.6, distribution 3.0.0 on the loopback.
# Run: one image is signed twice and attested twice with one key; the predicate holds a number of 17 digits and 1.10.
# One would guess: doing it again replaces what is there, or adds to it, the same way for both; and the predicate that
#   is signed is the one in the file.
# What happens: there is still one signature, but there are two attestations. In the signed predicate the number ends
#   in 788 instead of 789, and 1.10 is 1.1.
# Why it matters: a release that is run again leaves two statements about one image, and whoever reads "the" statement
#   must choose; a build number in a predicate is not the build's.

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
GOBIN="$work/bin" timeout 900 go install github.com/sigstore/cosign/v2/cmd/cosign@v2.6.1
GOBIN="$work/bin" timeout 900 go install github.com/google/go-containerregistry/cmd/crane@v0.20.6
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
app=$host/acme/app
tar -cf layer.tar three.yml
echo '{"run": 20261130123456789, "version": 1.10, "text": "20261130123456789"}' >predicate.json
type=https://example.com/release/v1
{
    crane append --oci-empty-base -f layer.tar -t "$app:1"
    cosign generate-key-pair
    for _ in first second; do
        cosign sign --tlog-upload=false --key cosign.key --yes "$app:1"
        cosign attest --tlog-upload=false --key cosign.key --yes --type $type --predicate predicate.json "$app:1"
    done
} >>log 2>&1
cosign verify --insecure-ignore-tlog=true --key cosign.pub "$app:1" >signatures.json 2>verify.log
cosign verify-attestation --insecure-ignore-tlog=true --key cosign.pub --type $type "$app:1" >statements.json 2>verify.log
state "signatures after signing twice" 1 "$(jq length signatures.json)"
state "statements after attesting twice" 2 "$(jq -s length statements.json)"
state "the signed predicate" '"predicate":{"run":20261130123456788,"text":"20261130123456789","version":1.1}' \
    "$(jq -rs '.[0].payload' statements.json | base64 -d | grep -o '"predicate":{[^}]*}')"
tell

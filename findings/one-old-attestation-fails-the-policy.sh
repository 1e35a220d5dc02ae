#!/bin/sh
# Tools: cosign 3.1.3, crane 0.20.6, distribution 3.0.0 on the loopback.
# Run: an image is attested with {"passed": false}, and after a second try of the gate with {"passed": true}; then
#   `verify-attestation --policy` asks for "passed: true". Then it is attested once more, with --replace.
# One would guess: one statement that says so, of a trusted key, is enough, as one good signature is for `verify`; and
#   --replace puts the new one in the place of the old ones.
# What happens: the policy is asked about every statement of that type, and the old one fails it. --replace
#   adds a third beside the two; nothing but deleting helps. An image with the second statement alone passes.
# Why it matters: an image that several releases share has a statement of each. A policy about a tag, a commit or a
#   result then refuses it for good, because of a release that nobody asked about.

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
fresh=$host/acme/fresh
kind=https://example.com/gate/v1
tar -cf layer.tar three.yml
echo '{"passed": false}' >before.json
echo '{"passed": true}' >after.json
echo 'predicate: passed: true' >policy.cue
# attest IMAGE PREDICATE [FLAG]
attest() {
    cosign attest ${3:+"$3"} --signing-config nobody.json --key cosign.key --yes --type "$kind" --predicate "$2" "$1"
}
# asked IMAGE [FLAG...]: what is said of it.
asked() {
    image=$1
    shift
    if cosign verify-attestation --insecure-ignore-tlog=true --key cosign.pub --type "$kind" "$@" "$image" \
        >said 2>asked.log; then
        echo "verified, statements: $(wc -l <said | tr -d ' ')"
    else
        sed -n 's/.*\(conflicting values false and true\).*/\1/p' asked.log | head -1
    fi
}
{
    crane append --oci-empty-base -f layer.tar -t "$app:1"
    crane append --oci-empty-base -f layer.tar -t "$fresh:1"
    cosign generate-key-pair
    cosign signing-config create >nobody.json
    attest "$app:1" before.json
    attest "$app:1" after.json
    attest "$fresh:1" after.json
} >>log 2>&1
state "the second alone, with the policy" "verified, statements: 1" "$(asked "$fresh:1" --policy policy.cue)"
state "both, without a policy" "verified, statements: 2" "$(asked "$app:1")"
state "both, with the policy" "conflicting values false and true" "$(asked "$app:1" --policy policy.cue)"
attest "$app:1" after.json --replace >>log 2>&1
state "after --replace, without a policy" "verified, statements: 3" "$(asked "$app:1")"
state "after --replace, with the policy" "conflicting values false and true" "$(asked "$app:1" --policy policy.cue)"
tell

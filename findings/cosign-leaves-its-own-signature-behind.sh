#!/bin/sh
# Tools: cosign 3.1.3 beside crane 0.20.6, oras 1.2.3 and regctl 0.9.2, distribution 3.0.0 on the loopback.
# Run: an image is signed with a key; then it is brought to another repository by `cosign copy`, by `cosign save` and
#   `cosign load`, and by the three others; and verified there.
# One would guess: cosign takes along what cosign has made; its help says that copy takes the signatures, and names
#   save and load as what to use instead.
# What happens: `cosign copy` ends well, and "no signatures found" there. `cosign save` writes the image alone, and
#   load ends with an error about a blob that was never uploaded. `oras cp --recursive`, `regctl image copy` with
#   --referrers or --digest-tags, and `crane copy --all-tags` bring the signature.
# Why it matters: a promotion that was right with cosign 2 publishes, after the update, an image that the cluster refuses.

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
export HOME="$work" DOCKER_CONFIG="$work/docker" COSIGN_PASSWORD=
cd "$work"
app=$host/acme/app
tar -cf layer.tar three.yml
{
    crane append --oci-empty-base -f layer.tar -t "$app:1"
    cosign generate-key-pair
    cosign signing-config create >nobody.json
    cosign sign --signing-config nobody.json --key cosign.key --yes "$app:1"
    regctl registry set --tls disabled "$host"
} >>log 2>&1
# verified IMAGE: whether it is signed.
verified() {
    if cosign verify --insecure-ignore-tlog=true --key cosign.pub "$1" >>log 2>verify.log; then
        echo signed
    else
        sed -n 's/.*\(no signatures found\).*/\1/p' verify.log | head -1
    fi
}
# ends COMMAND...: how it ends.
ends() {
    if "$@" >>log 2>last.log; then
        echo well
    else
        sed -n 's/.*\(MANIFEST_BLOB_UNKNOWN\).*/\1/p' last.log | head -1
    fi
}
# copied HOW COMMAND...: is the copy, made by COMMAND, signed?
copied() {
    how=$1
    shift
    "$@" >>log 2>&1 || echo "not copied"
    verified "$host/copies/$how:1"
}
none="no signatures found"
state "where it was signed" signed "$(verified "$app:1")"
state "cosign copy ends" well "$(ends cosign copy "$app:1" "$host/copies/cosign:1")"
state "cosign copy" "$none" "$(verified "$host/copies/cosign:1")"
state "cosign save ends" well "$(ends cosign save --dir saved "$app:1")"
state "manifests that it wrote" 1 "$(jq '.manifests | length' saved/index.json)"
state "cosign load ends" MANIFEST_BLOB_UNKNOWN "$(ends cosign load --dir saved "$host/copies/loaded:1")"
state "cosign save and load" "$none" "$(verified "$host/copies/loaded:1")"
state "oras cp --recursive" signed \
    "$(copied oras oras cp --recursive --from-plain-http --to-plain-http "$app:1" "$host/copies/oras:1")"
state "regctl image copy --referrers" signed \
    "$(copied referrers regctl image copy --referrers "$app:1" "$host/copies/referrers:1")"
state "regctl image copy --digest-tags" signed \
    "$(copied digests regctl image copy --digest-tags "$app:1" "$host/copies/digests:1")"
state "crane copy --all-tags" signed "$(copied all crane copy --all-tags "$app" "$host/copies/all")"
tell

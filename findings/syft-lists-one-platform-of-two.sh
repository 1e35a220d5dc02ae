#!/bin/sh
# Tools: syft 1.57.1, crane 0.20.6, distribution 3.0.0 on the loopback.
# Run: `syft scan -o spdx-json` of an index by its digest, whose linux/amd64 image has the package only-amd64 and whose
#   linux/arm64 image only-arm64; with each --platform; and twice with SOURCE_DATE_EPOCH set.
# One would guess: a list of what is in the index, or an error that asks for a platform; the same file for the same bytes.
# What happens: one platform is taken without a word, the one of the machine. The document gives the index's digest as
#   the version of what it lists, and the checksum of the one image beside it. The other platform's packages are in no
#   list. Its time and name are new in each run, whatever SOURCE_DATE_EPOCH says.
# Why it matters: an SBOM that is attested to the release's index, as `cosign attest` does with a tag, says nothing of
#   arm64, or of amd64 where it was made on a Mac; and a search of it for a bad package finds nothing.

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
GOBIN="$work/bin" timeout 900 go install github.com/anchore/syft/cmd/syft@v1.57.1
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
export SYFT_REGISTRY_INSECURE_USE_HTTP=true SYFT_CHECK_FOR_APP_UPDATE=false
for platform in amd64 arm64; do
    mkdir -p files/lib/apk/db files/etc
    printf 'ID=alpine\nVERSION_ID=3.20\n' >files/etc/os-release
    printf 'P:only-%s\nV:1.0-r0\nA:noarch\nL:MIT\nT:a package\no:a\n\n' "$platform" >files/lib/apk/db/installed
    tar -C files -cf layer.tar .
    crane append --oci-empty-base -f layer.tar -t "$app:$platform"
    crane mutate --set-platform "linux/$platform" -t "$app:$platform" "$app:$platform"
done >>log 2>&1
crane index append -m "$app:arm64" -m "$app:amd64" -t "$app:1" >>log 2>&1
index=$(crane digest "$app:1")
case $(uname -m) in
aarch64 | arm64) mine=arm64 ;;
*) mine=amd64 ;;
esac
image=$(crane digest --platform "linux/$mine" "$app:1")
# listed FLAG...: the packages of the index.
listed() {
    syft -q scan "registry:$app@$index" -o spdx-json "$@" 2>>log >sbom.json
    jq -r '[.packages[].name | select(startswith("only-"))] | join(" ")' sbom.json
}
# named FILTER: what the document says that it is of.
named() {
    jq -r ".packages[] | select(.name | startswith(\"only-\") | not) | $1" sbom.json |
        sed "s/^$index\$/the index/; s/^${image#sha256:}\$/one image/"
}
state "without --platform" "only-$mine" "$(listed)"
listed >>log
state "the version of what it lists" "the index" "$(named .versionInfo)"
state "the checksum beside it" "one image" "$(named '.checksums[].checksumValue')"
state "--platform linux/amd64" only-amd64 "$(listed --platform linux/amd64)"
state "--platform linux/arm64" only-arm64 "$(listed --platform linux/arm64)"
export SOURCE_DATE_EPOCH=1700000000
listed >>log
jq -S . sbom.json >first.json
listed >>log
jq -S . sbom.json >second.json
state "lines that differ in two runs" "created documentNamespace" \
    "$(diff first.json second.json | sed -n 's/^> *"\([A-Za-z]*\)":.*/\1/p' | sort | tr '\n' ' ' | sed 's/ $//')"
tell

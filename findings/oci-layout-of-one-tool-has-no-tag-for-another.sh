#!/bin/sh
# Tools: crane 0.20.6, oras 1.2.3 and regctl 0.9.2, distribution 3.0.0 on the loopback.
# Run: `crane pull --format=oci app:1 layout`, then each tool is asked to bring layout:1 to a registry; then crane pulls
#   the same image into the same folder again.
# One would guess: an OCI layout is the common format, so layout:1 is app:1; pulling again changes nothing.
# What happens: crane writes no name beside the image, so oras and regctl find no tag in the folder. The second pull adds
#   a second entry with the same digest, and `crane push` then refuses its own layout as holding two images.
#   regctl's layout can be read by oras.
# Why it matters: a build job hands its image on as a layout; on a second try of the job, in the same folder, the
#   push of the very same image fails.

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
export HOME="$work" DOCKER_CONFIG="$work/docker"
cd "$work"
tar -cf layer.tar three.yml
{
    regctl registry set --tls disabled "$host"
    crane append --oci-empty-base -f layer.tar -t "$app:1"
    crane pull --format=oci "$app:1" once
    regctl image copy "$app:1" ocidir://named:1
} >>log 2>&1
ends() { if "$@" >>log 2>&1; then echo well; else echo badly; fi; }
state "oras, crane's layout" badly "$(ends oras cp --from-oci-layout once:1 --to-plain-http "$host/to/oras:1")"
state "regctl, crane's layout" badly "$(ends regctl image copy ocidir://once:1 "$host/to/regctl:1")"
state "crane, its own layout" well "$(ends crane push once "$host/to/crane:1")"
state "oras, regctl's layout" well "$(ends oras cp --from-oci-layout named:1 --to-plain-http "$host/to/both:1")"
crane pull --format=oci "$app:1" once >>log 2>&1
state "entries after a second pull" 2 "$(jq '.manifests | length' once/index.json)"
state "digests among them" 1 "$(jq '[.manifests[].digest] | unique | length' once/index.json)"
state "crane, its own layout, after a second pull" badly "$(ends crane push once "$host/to/again:1")"
tell

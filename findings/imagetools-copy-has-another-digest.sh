#!/bin/sh
# Tools: docker buildx imagetools 0.38.2, crane 0.20.6, distribution 3.0.0 on the loopback.
# Run: `imagetools create -t app:latest app:1`, once where app:1 is one image, once where it is an index.
# One would guess: a tag is added to what is there, so both tags have one digest.
# What happens: a lone image is wrapped in a new index of one entry, so `latest` has a digest of its own; from an
#   index the digest stays. `--prefer-index=false` keeps it for the lone image as well.
# Why it matters: a signature, an attestation or a record made for the digest of app:1 is not found for the
#   alias, and "latest is the release" cannot be shown by comparing digests.

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
app=$(cat "$work/three.at")/acme/app
export DOCKER_CONFIG="$work/docker" BUILDX_CONFIG="$work/buildx"
cd "$work"
tar -cf layer.tar three.yml
crane append --oci-empty-base -f layer.tar -t "$app:base" >crane.log 2>&1
crane mutate --set-platform linux/amd64 "$app:base" -t "$app:image" >>crane.log 2>&1
crane index append -m "$app:image" -t "$app:index" >>crane.log 2>&1
for from in image index; do
    timeout 60 buildx imagetools create -t "$app:latest-$from" "$app:$from" >>crane.log 2>&1
    [ "$(crane digest "$app:$from")" = "$(crane digest "$app:latest-$from")" ] && seen=same || seen=other
    case $from in image) stated=other ;; *) stated=same ;; esac
    state "digest of the copy, from an $from" $stated "$seen"
done
state "what the copy of the image is" application/vnd.oci.image.index.v1+json \
    "$(crane manifest "$app:latest-image" | jq -r .mediaType)"
timeout 60 buildx imagetools create --prefer-index=false -t "$app:kept" "$app:image" >>crane.log 2>&1
[ "$(crane digest "$app:image")" = "$(crane digest "$app:kept")" ] && seen=same || seen=other
state "digest of the copy, with --prefer-index=false" same "$seen"
tell

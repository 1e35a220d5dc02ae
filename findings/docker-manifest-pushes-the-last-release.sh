#!/bin/sh
# Tools: the docker client 20.10.24 (Debian 12's docker.io, no engine needed), crane 0.20.6, distribution 3.0.0 on the
#   loopback.
# Run: `docker manifest create --amend` and `docker manifest push`, for one release and then for the next, in one home
#   folder; once with a tag for each platform that moves, once with tags that carry the release.
# One would guess: the second list holds the second release's images.
# What happens: the client keeps what it read of each name on the disk. A platform's tag that was pushed anew is not looked
#   up again, so the list that is published holds the first release's images. With new names the old ones stay in the
#   list beside them. `push --purge` after each release avoids both.
# Why it matters: on a machine that is kept between runs, the release's index is the last release's, and every step ended
#   well.

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
GOBIN="$work/bin" timeout 900 go install github.com/distribution/distribution/v3/cmd/registry@v3.0.0
PATH="$work/bin:$PATH"
(cd "$work" && timeout 300 apt-get download -q docker.io=20.10.24+dfsg1-1+deb12u1+b6 >apt.log 2>&1 &&
    dpkg -x docker.io_*.deb debian)
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
export HOME="$work" DOCKER_CONFIG="$work/docker"
app=$host/acme/app
cd "$work"
docker=$work/debian/usr/bin/docker
# image TAG PLATFORM CONTENT: pushes an image.
image() {
    echo "$3" >content
    tar -cf layer.tar content
    crane append -f layer.tar -t "$app:$1"
    crane mutate --set-platform "linux/$2" "$app:$1" -t "$app:$1"
}
# released LIST PUSHFLAG IMAGE IMAGE: publishes the list.
released() {
    list=$1
    flag=$2
    shift 2
    "$docker" manifest create --insecure --amend "$app:$list" "$@"
    # shellcheck disable=SC2086  # the flag may be empty
    "$docker" manifest push --insecure $flag "$app:$list"
}
entries() { crane manifest "$app:$1" | jq -r '.manifests[].digest'; }
for release in 1 2; do
    {
        for platform in amd64 arm64; do
            image $platform $platform "release $release for $platform"
            crane tag "$app:$platform" $release-$platform
        done
        released moving "" "$app:amd64" "$app:arm64"
        released named "" "$app:$release-amd64" "$app:$release-arm64"
        released purged --purge "$app:$release-amd64" "$app:$release-arm64"
    } >>log 2>&1
done
# of LIST: of which releases its entries are.
of() {
    for digest in $(entries "$1"); do
        for tag in 1-amd64 1-arm64 2-amd64 2-arm64; do
            [ "$(crane digest "$app:$tag")" = "$digest" ] && echo $tag
        done
    done | sort | paste -sd ' ' -
}
state "moving tags, second release" "1-amd64 1-arm64" "$(of moving)"
state "tags of the release, second release" "1-amd64 1-arm64 2-amd64 2-arm64" "$(of named)"
state "with --purge" "2-amd64 2-arm64" "$(of purged)"
tell

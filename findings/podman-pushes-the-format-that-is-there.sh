#!/bin/sh
# Tools: podman 4.3.1 (Debian 12) as root, with a storage of its own, distribution 3.0.0 twice on the loopback.
# Run: an image is built and pushed with `--compression-format zstd`; then the same image, to a second repository of the
#   same registry, by default, and to a third with `--compression-format gzip`. And on a registry that has nothing.
# One would guess: the format that is asked for, and gzip by default: the same digest on every registry.
# What happens: where the registry has the layer in any repository, in whatever format, that one is taken: zstd is pushed
#   for `gzip`, without a word. On the empty registry the same command gives gzip, and so another digest.
# Why it matters: the digest of a build depends on what was pushed before and where; and a format that old nodes cannot
#   read comes back by itself. `--force-compression` came with a later podman.

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
if [ "$(dpkg-query -W -f '${Version}' podman 2>/dev/null || true)" != 4.3.1+ds1-8+deb12u1+b3 ] || [ "$(id -u)" != 0 ]; then
    echo "needs: root, and apt-get install podman=4.3.1+ds1-8+deb12u1+b3 (Debian 12)"
    exit 1
fi
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
serve one "$(command -v registry)"
serve two "$(command -v registry)"
one=$(cat "$work/one.at") two=$(cat "$work/two.at")
cd "$work"
p() { timeout 120 podman --root "$work/root" --runroot "$work/runroot" --storage-driver vfs "$@"; }
# New content each time: podman keeps what it knows of layers in a file of the machine.
{ seq 40000; date +%s; echo "$work"; } >data
printf 'FROM scratch\nCOPY data /data\n' >Containerfile
p build --isolation chroot -t "$one/acme/app:1" . >>log 2>&1
p push -q --tls-verify=false --compression-format zstd "$one/acme/app:1" >>log 2>&1
p push -q --tls-verify=false "$one/acme/app:1" "docker://$one/acme/again:1" >>log 2>&1
p push -q --tls-verify=false --compression-format gzip "$one/acme/app:1" "docker://$one/acme/plain:1" >>log 2>&1
p push -q --tls-verify=false --compression-format gzip "$one/acme/app:1" "docker://$two/acme/app:1" >>log 2>&1
# layer REPOSITORY: the type of the layer that its tag 1 has.
manifest() { curl -sf -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$1/manifests/1"; }
layer() { manifest "$1" | jq -r '.layers[].mediaType | ltrimstr("application/vnd.oci.image.layer.v1.")'; }
state "asked for zstd" tar+zstd "$(layer "$one/v2/acme/app")"
state "asked for nothing" tar+zstd "$(layer "$one/v2/acme/again")"
state "asked for gzip" tar+zstd "$(layer "$one/v2/acme/plain")"
state "asked for gzip, on an empty registry" tar+gzip "$(layer "$two/v2/acme/app")"
[ "$(manifest "$one/v2/acme/plain" | sha256sum)" = "$(manifest "$two/v2/acme/app" | sha256sum)" ] && same=yes || same=no
state "one digest on both" no "$same"
tell

#!/bin/sh
# Tools: podman 4.3.1 (Debian 12) as root, with a storage of its own, distribution 3.0.0 on the loopback.
# Run: an image is built, tagged with a second repository, pushed to the first only, and pulled from there; after each
#   step `podman image inspect`, its `Digest` and `RepoDigests`, each asked of the registry.
# One would guess: RepoDigests lists where the image can be pulled by digest, as Docker's does: nothing, then the push.
# What happens: it lists the digest of a manifest that podman made for itself, under each name, before the push and after
#   it: no registry has that, and the pushed digest is not there. After a pull of the same image the pushed digest stands
#   beside it, also under the repository that nothing was pushed to. `Digest` is podman's own throughout.
# Why it matters: scripts take the first of RepoDigests for what was published, to sign it or to deploy it.

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
one=$(cat "$work/one.at")
cd "$work"
p() { timeout 120 podman --root "$work/root" --runroot "$work/runroot" --storage-driver vfs "$@"; }
# New content each time: podman keeps what it knows of layers in a file of the machine.
{ seq 40000; date +%s; echo "$work"; } >data
printf 'FROM scratch\nCOPY data /data\n' >Containerfile
p build --isolation chroot -t "$one/acme/app:1" . >>log 2>&1
p tag "$one/acme/app:1" "$one/acme/other:1"
# known: each of RepoDigests as its repository and what the registry answers for that digest.
known() {
    p image inspect "$one/acme/app:1" | jq -r '.[0].RepoDigests[]' | while read -r reference; do
        name=${reference%@*}
        status=$(curl -s -o answer -w '%{http_code}' -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
            "http://$one/v2/${name#*/}/manifests/${reference#*@}")
        echo "${name##*/} $status"
    done | sort | paste -sd, -
}
state "before a push" "app 404,other 404" "$(known)"
p push -q --tls-verify=false --digestfile pushed "$one/acme/app:1" >>log 2>&1
state "after the push of app" "app 404,other 404" "$(known)"
p pull -q --tls-verify=false "$one/acme/app:1" >>log 2>&1
state "after a pull of it" "app 200,app 404,other 404,other 404" "$(known)"
own=$(p image inspect --format '{{.Digest}}' "$one/acme/app:1")
[ "$own" = "$(cat pushed)" ] && same=yes || same=no
state "Digest is what was pushed" no "$same"
state "the first of the list is what was pushed" no \
    "$([ "$(p image inspect "$one/acme/app:1" | jq -r '.[0].RepoDigests[0]')" = "$one/acme/app@$(cat pushed)" ] && echo yes || echo no)"
tell

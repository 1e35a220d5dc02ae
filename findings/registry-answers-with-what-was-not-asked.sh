#!/bin/sh
# Tools: distribution 3.0.0 and docker-registry 2.8.2 (Debian 12) on the loopback, crane 0.20.6, curl.
# Run: GET of a tag with different Accept headers, once for an OCI index, once for a Docker manifest list.
# One would guess: the server keeps to Accept, and answers 406 or 404 where it has nothing that fits; one tag has
#   one digest.
# What happens: for a Docker list, anyone who does not name the list type (`*/*` too, curl's and most libraries'
#   own) is given the linux/amd64 image inside it, under that image's digest. For an OCI index 2.8.2 answers 404 to
#   `*/*`, as if the tag were not there, and 3.0.0 sends the index to a client that asked for an image only.
# Why it matters: a script that compares digests, or asks "is it published?", gets another answer by a header
#   and by the kind of the index.

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
(cd "$work" && timeout 300 apt-get download -q docker-registry=2.8.2+ds1-1 >apt.log 2>&1 && dpkg -x docker-registry_*.deb debian)
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
serve v3.0.0 "$(command -v registry)"
serve v2.8.2 "$work/debian/usr/bin/docker-registry"
cd "$work"
tar -cf layer.tar v3.0.0.yml
image=application/vnd.oci.image.manifest.v1+json
# answer REGISTRY TAG ACCEPT: which manifest comes back.
answer() {
    host=$(cat "$1.at")
    curl -s -o body -D headers -H "Accept: $3" "http://$host/v2/acme/app/manifests/$2"
    case $(sed -n 's/^docker-content-digest: //Ip' headers | tr -d '\r') in
    "$(crane digest "$host/acme/app:amd64" 2>>log)") echo image ;;
    "$(crane digest "$host/acme/app:$2" 2>>log)") echo index ;;
    *) sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' headers ;;
    esac
}
for registry in v3.0.0 v2.8.2; do
    app=$(cat $registry.at)/acme/app
    {
        crane append --oci-empty-base -f layer.tar -t "$app:base"
        crane mutate --set-platform linux/amd64 "$app:base" -t "$app:amd64"
        crane mutate --set-platform linux/arm64 "$app:base" -t "$app:arm64"
        crane index append -m "$app:amd64" -m "$app:arm64" -t "$app:oci"
        crane index append --docker-empty-base -m "$app:amd64" -m "$app:arm64" -t "$app:docker"
    } >>log 2>&1
    state "Docker list, Accept: */*, $registry" image "$(answer $registry docker '*/*')"
    state "Docker list, Accept: (the list type), $registry" index \
        "$(answer $registry docker application/vnd.docker.distribution.manifest.list.v2+json)"
    state "Docker list, Accept: (the OCI index type), $registry" image \
        "$(answer $registry docker application/vnd.oci.image.index.v1+json)"
done
state "OCI index, Accept: */*, v3.0.0" index "$(answer v3.0.0 oci '*/*')"
state "OCI index, Accept: */*, v2.8.2" 404 "$(answer v2.8.2 oci '*/*')"
state "OCI index, Accept: (an image only), v3.0.0" index "$(answer v3.0.0 oci $image)"
state "OCI index, Accept: (an image only), v2.8.2" 404 "$(answer v2.8.2 oci $image)"
tell

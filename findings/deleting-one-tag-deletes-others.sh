#!/bin/sh
# Tools: skopeo 1.9.3 (Debian 12), oras 1.2.3, regctl 0.9.2, crane 0.20.6, against distribution 3.0.0 and
#   docker-registry 2.8.2 (Debian 12) on the loopback.
# Run: one manifest has the tags `candidate` and `1.0`; each client is told to delete app:candidate.
# One would guess: the name that was given goes, the other tag stays; or all four clients do the same.
# What happens: skopeo and oras ask the registry for the digest and delete that, so `1.0` is gone too. regctl
#   first puts a placeholder under the tag and deletes the placeholder: `1.0` stays. crane deletes by the tag's name:
#   `1.0` stays on distribution 3.0.0, while 2.8.2 refuses and both tags stay.
# Why it matters: the usual clean-up of candidate tags after a release takes the release away.

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
if [ "$(dpkg-query -W -f '${Version}' skopeo 2>/dev/null || true)" != 1.9.3+ds1-1+b10 ]; then
    echo "needs: apt-get install skopeo=1.9.3+ds1-1+b10 (Debian 12)"
    exit 1
fi
GOBIN="$work/bin" timeout 900 go install github.com/google/go-containerregistry/cmd/crane@v0.20.6
GOBIN="$work/bin" timeout 900 go install github.com/regclient/regclient/cmd/regctl@v0.9.2
GOBIN="$work/bin" timeout 900 go install oras.land/oras/cmd/oras@v1.2.3
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
export HOME="$work" DOCKER_CONFIG="$work/docker"
cd "$work"
tar -cf layer.tar v3.0.0.yml
# left CLIENT REGISTRY: the tags that are left after CLIENT deleted the tag candidate.
left() {
    host=$(cat "$work/$2.at")
    app=$host/acme/$1
    crane append --oci-empty-base -f layer.tar -t "$app:1.0" >>log 2>&1
    crane tag "$app:1.0" candidate >>log 2>&1
    case $1 in
    skopeo) skopeo delete --tls-verify=false "docker://$app:candidate" ;;
    oras) oras manifest delete --force --plain-http "$app:candidate" ;;
    regctl) regctl registry set --tls disabled "$host" && regctl tag delete "$app:candidate" ;;
    crane) crane delete "$app:candidate" ;;
    esac >>log 2>&1 || printf 'refused; '
    crane ls "$app" >list 2>>log || echo "(no list)" >list
    sort list | tr '\n' ' '
}
for registry in v3.0.0 v2.8.2; do
    state "skopeo, $registry" "" "$(left skopeo $registry)"
    state "oras, $registry" "" "$(left oras $registry)"
    state "regctl, $registry" "1.0 " "$(left regctl $registry)"
done
state "crane, v3.0.0" "1.0 " "$(left crane v3.0.0)"
state "crane, v2.8.2" "refused; 1.0 candidate " "$(left crane v2.8.2)"
tell

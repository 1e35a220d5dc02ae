#!/bin/sh
# Tools: distribution 3.0.0 and docker-registry 2.8.2 (Debian 12) on the loopback, crane 0.20.6, curl.
# Run: the tag list of a repository with five tags, asked for two at a time; then of one whose only tag was deleted.
# One would guess: tags in lexical order, a page of two with a Link to the next, as the distribution specification
#   has it; and an empty list, or 404, when nothing is left.
# What happens: 3.0.0 does so. 2.8.2 sends all five whatever `n` says and promises no order; its empty list is
#   `"tags": null`. Both still answer 200 and keep the empty repository in the catalogue.
# Why it matters: "the last one in the list" is no newest tag, `n=1` is no existence test, and code that takes
#   the length of `tags` falls over on the day of the first clean-up.

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
for registry in v3.0.0 v2.8.2; do
    host=$(cat $registry.at)
    crane append --oci-empty-base -f layer.tar -t "$host/acme/app:1.0" >>log 2>&1
    for tag in 1.1 1.2 1.3 1.4; do crane tag "$host/acme/app:1.0" $tag >>log 2>&1; done
    case $registry in v3.0.0) stated=2 left='[]' ;; *) stated=5 left=null ;; esac
    curl -s -D headers "http://$host/v2/acme/app/tags/list?n=2" >page.json
    state "tags in a page of two, $registry" $stated "$(jq '.tags | length' page.json)"
    [ $stated = 2 ] && stated=1 || stated=0
    state "links to a next page, $registry" $stated "$(grep -ci '^link:' headers || true)"
    crane append --oci-empty-base -f layer.tar -t "$host/acme/gone:1.0" >>log 2>&1
    crane delete "$host/acme/gone@$(crane digest "$host/acme/gone:1.0")" >>log 2>&1
    state "status without a tag, $registry" 200 \
        "$(curl -s -o list.json -w '%{http_code}' "http://$host/v2/acme/gone/tags/list")"
    state "its tags, $registry" "$left" "$(jq -c .tags list.json)"
    state "in the catalogue, $registry" true \
        "$(curl -s "http://$host/v2/_catalog" | jq '.repositories | index("acme/gone") != null')"
done
tell

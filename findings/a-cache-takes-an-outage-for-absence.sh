#!/bin/sh
# Tools: distribution 3.0.0 twice on the loopback, one the pull-through cache of the other (`proxy.remoteurl`), crane 0.20.6.
# Run: three tags are pushed, the second is pulled through the cache, then moved; the cache is asked with the origin there,
#   and after the origin has stopped.
# One would guess: while the origin is away, the cache answers for what it has and says 5xx for what it cannot know.
# What happens: the list of tags is 200 and holds only the tag that was pulled before; the tags it never saw are 404
#   MANIFEST_UNKNOWN, as if deleted; the moved tag has its old digest.
# Why it matters: who follows the newest tag through a cache takes an outage for a deletion, and deploys an old tag; who
#   asks whether a tag is free hears yes.

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
# serve NAME PORT [LINE]: a registry on PORT of the loopback; LINE goes into its settings. Its process is in NAME.pid.
serve() {
    cat >"$work/$1.yml" <<END
version: 0.1
log: {level: info, formatter: text}
storage:
  filesystem: {rootdirectory: $work/$1.store}
  delete: {enabled: true}
http: {addr: "127.0.0.1:$2"}
${3:-}
END
    OTEL_TRACES_EXPORTER=none registry serve "$work/$1.yml" >"$work/$1.log" 2>&1 &
    servers="$servers $!"
    echo $! >"$work/$1.pid"
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        sed -n 's/.*listening on \(127[.0-9]*:[0-9]*\).*/\1/p' "$work/$1.log" >"$work/$1.at"
        [ -s "$work/$1.at" ] && return
        sleep 0.5
    done
    echo "the registry $1 did not start"
    exit 1
}
serve origin 0
origin=$(cat "$work/origin.at")
serve cache 0 "proxy: {remoteurl: \"http://$origin\"}"
cache=$(cat "$work/cache.at")
cd "$work"
for tag in 1 2 3; do
    echo "$tag" >file
    tar -cf layer.tar file
    crane append --oci-empty-base -f layer.tar -t "$origin/acme/app:$tag" >>log 2>&1
done
tags() { curl -s -o list.json -w '%{http_code} ' "http://$cache/v2/acme/app/tags/list" && jq -c .tags list.json; }
# manifest TAG: how the cache answers for it, with the code of an error.
manifest() {
    status=$(curl -s -o answer.json -w '%{http_code}' -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
        "http://$cache/v2/acme/app/manifests/$1")
    echo "$status $(jq -r '.errors[0].code // "a manifest"' answer.json)"
}
first=$(crane digest "$origin/acme/app:2")
crane pull "$cache/acme/app:2" image.tar >>log 2>&1
crane tag "$origin/acme/app:1" 2 >>log 2>&1
state "tags, origin there" '200 ["1","2","3"]' "$(tags)"
kill "$(cat origin.pid)"
wait "$(cat origin.pid)" || true
state "tags, origin away" '200 ["2"]' "$(tags)"
state "a tag that was never pulled" "404 MANIFEST_UNKNOWN" "$(manifest 3)"
state "the tag that was moved" "200 a manifest" "$(manifest 2)"
[ "$(crane digest "$cache/acme/app:2")" = "$first" ] && same=old || same=new
state "its digest" old "$same"
tell

#!/bin/sh
# Tools: helm 3.19.0, crane 0.20.6, distribution 3.0.0 on the loopback.
# Run: the chart versions 1.2.3+build.4 and 1.2.3+build.5 are pushed in this order; then `--version 1.2.3`, `^1` and
#   the full version are asked for.
# One would guess: 1.2.3 finds one of them, as build metadata does not count; the range takes the one that came last.
# What happens: the plus is written as an underscore in the tag. `1.2.3` is "not found", the range takes build.4, the
#   older one, and only the full version gives build.5.
# Why it matters: a rebuild that differs in the metadata only is pushed and never deployed by a range. The same tag
#   with a "-" instead, as other tools write it, would be a pre-release.

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
GOBIN="$work/bin" timeout 900 go install helm.sh/helm/v3/cmd/helm@v3.19.0
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
export HOME="$work" DOCKER_CONFIG="$work/docker"
cd "$work"
mkdir -p chart
for build in 4 5; do
    printf 'apiVersion: v2\nname: app\nversion: 1.2.3+build.%s\n' $build >chart/Chart.yaml
    helm package chart >>log 2>&1
    helm push app-1.2.3+build.$build.tgz "oci://$host/charts" --plain-http >>log 2>&1
done
chosen() {
    helm show chart "oci://$host/charts/app" --version "$1" --plain-http 2>error.log | sed -n 's/^version: //p' | grep . ||
        grep -o 'not found' error.log
}
state "tags" "1.2.3_build.4 1.2.3_build.5" "$(crane ls "$host/charts/app" | paste -sd ' ' -)"
state "--version ^1" 1.2.3+build.4 "$(chosen '^1')"
state "--version 1.2.3" "not found" "$(chosen 1.2.3)"
state "--version 1.2.3+build.5" 1.2.3+build.5 "$(chosen 1.2.3+build.5)"
tell

#!/bin/sh
# Tool: distribution 3.0.0, crane 0.20.6.
# Run: REGISTRY_AUTH_FILE names a file of logins, as for podman, buildah and skopeo. With it, crane is asked for a
#   login, and a registry is started with a configuration that says nothing of logins.
# One would guess: crane finds the login, and the registry starts: the variable is another program's.
# What happens: crane finds the login. The registry does not start: it takes the variable for its own setting
#   auth.file, of which it wants more than a name, and ends with an error in reading its configuration.
# Why it matters: a job that exports its logins for all programs cannot start a registry of its own beside them.

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
export HOME="$work" DOCKER_CONFIG="$work/docker" OTEL_TRACES_EXPORTER=none
cd "$work"
mkdir store
cat >registry.yml <<END
version: 0.1
log: {level: info, formatter: text}
storage:
  filesystem: {rootdirectory: $work/store}
http: {addr: "127.0.0.1:0"}
END
printf '{"auths": {"registry.example.com": {"auth": "%s"}}}\n' "$(printf someone:word | base64)" >auth.json
# starts: whether the registry of registry.yml comes up, with the environment as it is.
starts() {
    : >registry.log
    registry serve registry.yml >registry.log 2>&1 &
    pid=$!
    servers="$servers $pid"
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        grep -q "listening on" registry.log && echo yes && kill "$pid" && return
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.5
    done
    echo no
}
state "the registry starts without the variable" yes "$(starts)"
export REGISTRY_AUTH_FILE="$work/auth.json"
state "crane finds the login" someone "$(crane auth get registry.example.com | jq -r '.username // .Username')"
state "the registry starts with the variable" no "$(starts)"
starts >/dev/null
state "what it stumbles over" "parsing environment variable REGISTRY_AUTH_FILE" \
    "$(grep -o 'parsing environment variable REGISTRY_AUTH_FILE' registry.log | head -1)"
unset REGISTRY_AUTH_FILE
state "the registry starts without it again" yes "$(starts)"
tell

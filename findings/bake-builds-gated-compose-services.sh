#!/bin/sh
# Tool: docker buildx bake 0.38.2 (with the compose-go that it is built with).
# Run: `bake --print --push` on a Compose file with a service under `profiles: [debug]`, no profile being active,
#   and with COMPOSE_FILE and COMPOSE_PROFILES in the environment.
# One would guess: a service whose profile is not active is left out, as `docker compose config --services` leaves it
#   out, and the two variables name the file and the profiles, as in Compose itself.
# What happens: bake takes the service in, and reads neither variable: all profiles count, and the file in the
#   folder is taken, not the one that COMPOSE_FILE names.
# Why it matters: a debug image that Compose leaves alone is published beside the release.

set -eu
[ -n "${bounded:-}" ] || bounded=yes exec timeout 1800 "$0" "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
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
PATH="$work/bin:$PATH"
cd "$work"
cat >compose.yaml <<'END'
services:
  web:
    image: registry.example.com/acme/web:1
    build: web
  shell:
    image: registry.example.com/acme/web:debug
    build: shell
    profiles: [debug]
END
sed 's/ web:$/ other:/' compose.yaml >other.yaml
targets() { timeout 60 buildx bake --print --push 2>bake.log | jq -r '.target | keys | join(" ")'; }
state "no profile is active" "shell web" "$(targets)"
state "COMPOSE_PROFILES=prod" "shell web" "$(COMPOSE_PROFILES=prod targets)"
state "COMPOSE_FILE=other.yaml" "shell web" "$(COMPOSE_FILE=other.yaml targets)"
tell

#!/bin/sh
# Tool: PyPI's podman-compose 1.5.0, with a program in podman's place that notes what it is called with (no engine needed).
# Run: `podman-compose build` and `push` for a service with `build.platforms`, `build.tags` and an image whose tag is
#   `${TAG:-${BASE:-none}}`, a default within a default, as compose-spec's page on interpolation allows.
# One would guess: an image for two platforms, under both names, pushed under both names, as `docker compose` does.
# What happens: podman gets no platform. Both names are given, but only the one in `image` is pushed. Where TAG is set, the
#   tag ends in a brace that belongs to the default; where it is not, the tag is the inner default as it is spelled.
# Why it matters: the push of the second name, and the second platform, are missing without a word; one file means two
#   releases.

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
python3 -m venv "$work/venv"
timeout 300 "$work/venv/bin/pip" install -q --disable-pip-version-check podman-compose==1.5.0 python-dotenv==1.2.4 PyYAML==6.0.4
mkdir "$work/bin" "$work/shop"
cat >"$work/bin/podman" <<'END'
#!/bin/sh
case $1 in
--version) echo "podman version 5.0.0" ;;
build | push) echo "$@" >>"$CALLS" ;;
esac
END
chmod +x "$work/bin/podman"
CALLS="$work/calls"
export CALLS
PATH="$work/bin:$work/venv/bin:$PATH"
cd "$work/shop"
cat >compose.yaml <<'END'
services:
  app:
    image: registry.example.com/acme/app:${TAG:-${BASE:-none}}
    build:
      context: .
      tags: ["registry.example.com/acme/app:extra"]
      platforms: [linux/amd64, linux/arm64]
END
printf 'FROM scratch\nCOPY compose.yaml /\n' >Dockerfile
# called COMMAND: what podman was called with.
called() {
    : >"$CALLS"
    timeout 60 podman-compose "$1" >>"$work/log" 2>&1 || echo "failed" >>"$CALLS"
    sed "s|$work/shop|.|g" "$CALLS" | paste -sd, -
}
TAG=7
export TAG
state "build" \
    "build -f ./Dockerfile -t registry.example.com/acme/app:7} -t registry.example.com/acme/app:extra ." \
    "$(called build)"
state "push" "push registry.example.com/acme/app:7}" "$(called push)"
unset TAG
state "push without TAG" 'push registry.example.com/acme/app:${BASE:-none}' "$(called push)"
tell

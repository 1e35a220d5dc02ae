#!/bin/sh
# Tools: PyPI's docker 7.2.0 (the SDK) with Debian 12's dockerd 20.10.24; run as root.
# Run: an image is pushed to a registry that is not there, and one that does not exist is pushed; the same registry is
#   pulled from, and a build with a step that fails is made, to compare.
# One would guess: what fails raises docker.errors.APIError or another DockerException, as everywhere in the SDK.
# What happens: `images.push` returns a text that has "error" in one of its lines, and raises nothing, in both cases. `pull`
#   and `build` raise.
# Why it matters: a script that pushes worker, then app, goes on to app when worker could not be pushed, and ends with 0. The
#   lines have to be read: `for line in images.push(…, stream=True, decode=True)`.

set -eu
[ -n "${bounded:-}" ] || bounded=yes exec timeout 1800 "$0" "$@"
work=$(mktemp -d)
# shellcheck disable=SC2329  # the trap calls it
finish() {
    [ -s "$work/pid" ] && kill "$(cat "$work/pid")" 2>/dev/null && sleep 2
    rm -rf "$work"
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
case $(id -u)-$(dpkg-query -W -f '${Version}' docker.io 2>/dev/null || true) in
0-20.10.24*) ;;
*)
    echo "needs: root, and apt-get install docker.io (20.10.24 of Debian 12)"
    exit 1
    ;;
esac
python3 -m venv "$work/venv"
timeout 600 "$work/venv/bin/pip" -q --disable-pip-version-check install docker==7.2.0
cd "$work"
/usr/sbin/dockerd --data-root "$work/data" --exec-root "$work/run" -H "unix://$work/docker.sock" --pidfile "$work/pid" \
    --bridge=none --iptables=false --ip-forward=false --ip-masq=false >dockerd.log 2>&1 &
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do [ -S docker.sock ] && break; sleep 1; done
mkdir image broken
printf 'FROM scratch\nCOPY Dockerfile /\n' >image/Dockerfile
printf 'FROM scratch\nCOPY what-is-not-there /\n' >broken/Dockerfile
cat >calls.py <<'END'
import json
import sys

import docker

client = docker.DockerClient(base_url=f"unix://{sys.argv[2]}")
away = "127.0.0.1:9/acme/app"  # nothing listens there
client.images.build(path="image", tag=f"{away}:1", rm=True)
calls = {
    "push": lambda: client.images.push(away, tag="1"),
    "push of no image": lambda: client.images.push("127.0.0.1:9/acme/none", tag="1"),
    "pull": lambda: client.images.pull(away, tag="1"),
    "build": lambda: client.images.build(path="broken", tag=f"{away}:2", rm=True),
}
try:
    said = calls[sys.argv[1]]()
except docker.errors.DockerException:
    print("raises")
else:
    lines = [json.loads(line) for line in said.splitlines() if line.strip()]
    print("returns,", "with an error in a line" if any("error" in line for line in lines) else "without an error")
END
state "push, the registry is away" "returns, with an error in a line" "$(venv/bin/python calls.py push "$PWD/docker.sock")"
state "push, there is no such image" "returns, with an error in a line" "$(venv/bin/python calls.py "push of no image" "$PWD/docker.sock")"
state "pull, the registry is away" "raises" "$(venv/bin/python calls.py pull "$PWD/docker.sock")"
state "build that fails" "raises" "$(venv/bin/python calls.py build "$PWD/docker.sock")"
tell

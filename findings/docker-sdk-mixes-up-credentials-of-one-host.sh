#!/bin/sh
# Tool: PyPI's docker 7.2.0 (the SDK), beside skopeo 1.9.3 (Debian 12).
# Run: a login file with entries for `registry.example.com/acme` and `registry.example.com/other`; the user name that is
#   found for an image of each, and for the host itself.
# One would guess: both take the entry whose path begins the image's name, or both know hosts only and find none.
# What happens: skopeo takes the entry of the path. The SDK looks for the host, cuts every entry down to its host and
#   takes the first one in the file, so an image of `other` is pushed with acme's user; turn the file round, and
#   acme's with other's.
# Why it matters: the login file that works for skopeo is answered with "denied" in a script with the SDK, and which
#   of the two teams it fails for depends on who logged in first.

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
if [ "$(dpkg-query -W -f '${Version}' skopeo 2>/dev/null || true)" != 1.9.3+ds1-1+b10 ]; then
    echo "needs: apt-get install skopeo=1.9.3+ds1-1+b10 (Debian 12)"
    exit 1
fi
python3 -m venv "$work/venv"
timeout 600 "$work/venv/bin/pip" -q --disable-pip-version-check install docker==7.2.0
cd "$work"
entry() { printf '"registry.example.com/%s": {"auth": "%s"}' "$1" "$(printf '%s:secret' "$1" | base64)"; }
echo "{\"auths\": {$(entry acme), $(entry other)}}" >config.json
echo "{\"auths\": {$(entry other), $(entry acme)}}" >turned.json
cat >user.py <<'END'
import sys
from docker import auth

host, _ = auth.resolve_repository_name(sys.argv[2])
print((auth.load_config(sys.argv[1]).resolve_authconfig(host) or {}).get("username"))
END
sdk() { venv/bin/python user.py "$1" "registry.example.com/$2/app"; }
skopeo_user() { skopeo login --get-login --authfile "$1" "registry.example.com/$2/app"; }
state "skopeo, acme/app" acme "$(skopeo_user config.json acme)"
state "skopeo, other/app" other "$(skopeo_user config.json other)"
state "SDK, acme/app" acme "$(sdk config.json acme)"
state "SDK, other/app" acme "$(sdk config.json other)"
state "SDK, acme/app, entries turned round" other "$(sdk turned.json acme)"
tell

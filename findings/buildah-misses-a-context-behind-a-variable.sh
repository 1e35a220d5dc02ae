#!/bin/sh
# Tool: buildah 1.28.2 (Debian 12), as root, with a storage of its own in the temporary folder.
# Run: `buildah build --build-context base=docker-image://localhost/ours:1` of a file whose FROM says base, and of one whose
#   FROM says ${IMAGE} with `ARG IMAGE=base` before it; and COPY --from=base in a third.
# One would guess: the named context stands in for the name wherever the file comes to it, as it does with BuildKit.
# What happens: it does for the literal FROM and for COPY; behind the variable the name is looked for in registries, and
#   the build ends.
# Why it matters: a release that pins its base through a named context is built from another base, or not at all, by a
#   Dockerfile that lets the base be chosen.

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
if [ "$(dpkg-query -W -f '${Version}' buildah 2>/dev/null || true)" != 1.28.2+ds1-3+deb12u1+b3 ] || [ "$(id -u)" != 0 ]; then
    echo "needs: root, and apt-get install buildah=1.28.2+ds1-3+deb12u1+b3 (Debian 12)"
    exit 1
fi
cd "$work"
mkdir ours context
printf 'FROM scratch\nCOPY file /file\n' >ours/Containerfile
echo ours >ours/file
echo other >context/other
b() { timeout 120 buildah --root "$work/root" --runroot "$work/run" --storage-driver vfs "$@"; }
b build --quiet --tag localhost/ours:1 ours >>log 2>&1
# outcome NAME LINES: whether the file of LINES is built with base as a named context.
outcome() {
    printf "$2" >"context/$1"
    if b build --quiet --pull=never --file "context/$1" --tag "localhost/$1:1" \
        --build-context base=docker-image://localhost/ours:1 context >"$1.log" 2>&1; then
        echo built
    else
        echo "not built"
    fi
}
state "FROM base" built "$(outcome literal 'FROM base\nCOPY other /other\n')"
state "FROM base behind a variable" "not built" "$(outcome variable 'ARG IMAGE=base\nFROM ${IMAGE}\nCOPY other /other\n')"
state "COPY --from=base" built "$(outcome copied 'FROM scratch\nCOPY --from=base /file /file\n')"
state "what it looks for" "base: image not known" "$(grep -o 'base: image not known' variable.log | head -n 1)"
tell

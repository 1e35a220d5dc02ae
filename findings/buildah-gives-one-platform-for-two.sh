#!/bin/sh
# Tool: buildah 1.28.2 (Debian 12), as root, with a storage of its own in the temporary folder.
# Run: `buildah build --platform linux/amd64,linux/arm64 --manifest app:1` of a file with FROM scratch and one COPY, with
#   and without --layers; the second one twice.
# One would guess: a list of two images, one for each platform; after a second build, the two new ones.
# What happens: with --layers the second platform takes the first one's layer, image and all, from the cache: the list
#   has one entry, which says arm64 and holds an image that says amd64. Without --layers there are two; building again
#   adds two more beside them, so each platform is there twice.
# Why it matters: the pull on arm64 gets the amd64 image, or the old one, and no build failed.

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
mkdir context
printf 'FROM scratch\nCOPY file /file\n' >context/Containerfile
echo content >context/file
b() { timeout 120 buildah --root "$work/root" --runroot "$work/run" --storage-driver vfs "$@"; }
build() { b build --quiet "$1" --platform linux/amd64,linux/arm64 --manifest "$2" context >>log 2>&1; }
entries() { b manifest inspect "$1" | jq -r '.manifests[].platform.architecture' | sort | paste -sd ' ' -; }
build --layers layers:1
state "entries, --layers" arm64 "$(entries layers:1)"
b manifest push --all layers:1 "oci:$work/layout:1" >>log 2>&1
blob() { cat "layout/blobs/sha256/$(echo "$1" | cut -d: -f2)"; }
list=$(jq -r '.manifests[] | select(.annotations != null) | .digest' layout/index.json)
image=$(blob "$list" | jq -r '.manifests[0].digest')
state "what the image says of itself" amd64 "$(blob "$(blob "$image" | jq -r .config.digest)" | jq -r .architecture)"
build --layers=false plain:1
state "entries, without layers" "amd64 arm64" "$(entries plain:1)"
echo changed >context/file
build --layers=false plain:1
state "entries, built again" "amd64 amd64 arm64 arm64" "$(entries plain:1)"
tell

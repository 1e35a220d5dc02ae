#!/bin/sh
# Tool: GNU Make 4.3 (Debian 12).
# Run: `make -n`, `make -q` and `make -t` on a target whose recipe line holds $(MAKE) and, after a semicolon, a push.
# One would guess: -n prints and runs nothing, -q only asks, -t only touches files.
# What happens: a line with $(MAKE) in it is run under all three, the whole line, push and all; so is one that begins
#   with "+". The same push on a line of its own is printed only. And `TAG = 1.0   # note` keeps the blanks
#   before the note, so app:$(TAG)-x is two words.
# Why it matters: the "dry run" step of a release pipeline publishes.

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
if ! make --version | grep -q '^GNU Make 4\.3$'; then
    echo "needs: apt-get install make=4.3-4.1 (Debian 12)"
    exit 1
fi
cd "$work"
cat >push <<'END'
#!/bin/sh
echo "$@" >>pushed
END
chmod +x push
cat >Makefile <<'END'
TAG = 1.0   # the release
joined:
	$(MAKE) -s note; ./push app:1.0
plus:
	+./push app:1.0
apart:
	$(MAKE) -s note
	./push app:1.0
blanks:
	./push app:$(TAG)-x
note:
	@:
END
# pushed ARGUMENTS: what make with these arguments pushed.
pushed() {
    rm -f pushed
    make "$@" >make.log 2>&1 || true
    cat pushed 2>/dev/null || echo nothing
}
for flag in -n -q -t; do
    state "make $flag, push after \$(MAKE) in one line" app:1.0 "$(pushed $flag joined)"
    state "make $flag, push after a plus" app:1.0 "$(pushed $flag plus)"
    state "make $flag, push in a line of its own" nothing "$(pushed $flag apart)"
done
state 'TAG = 1.0   # the release' "app:1.0 -x" "$(pushed blanks)"
tell

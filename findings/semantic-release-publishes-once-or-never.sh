#!/bin/sh
# Tools: npm's semantic-release 24.2.9 with @semantic-release/exec 7.1.0, git, on a repository of its own.
# Run: `publishCmd` fails the first time, as a push to a registry that is away does; then the same job is run again, and the
#   registry is there.
# One would guess: what was not published is published by the second run; or it says that a release is half done.
# What happens: the tag v1.0.0 is pushed to git before anything is published, and stays when publishing fails. The second
#   run finds it, sees "no relevant changes", never calls `publishCmd`, and ends with 0.
# Why it matters: the release has a version, a tag and a green run, and no image. Running the job again, the first thing
#   that anybody does, cannot help; the tag has to be deleted, or the next commit makes a release without this one.

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
command -v git >/dev/null || { echo "needs: git"; exit 1; }
cd "$work"
npm init -y >npm.log
timeout 600 npm install --silent --no-audit --no-fund --ignore-scripts semantic-release@24.2.9 @semantic-release/exec@7.1.0 >>npm.log
git init -q --bare -b main origin.git
git init -q -b main checkout
# The registry: a file that is there, or is not.
cat >publish <<'END'
echo "$1" >>../asked
[ -e ../registry-is-up ]
END
cd checkout
ln -s ../node_modules node_modules
cat >.releaserc.json <<END
{
  "branches": ["main"],
  "repositoryUrl": "file://$work/origin.git",
  "plugins": [
    "@semantic-release/commit-analyzer",
    ["@semantic-release/exec", {"publishCmd": "sh ../publish \${nextRelease.version}"}]
  ]
}
END
echo node_modules >.gitignore
git add -A
git -c user.name=A -c user.email=a@example.com commit -q -m "feat: the first release"
git push -q "file://$work/origin.git" main
# run: how it ended, how often publishing was tried, which tags git has, and what was said of changes.
run() {
    if node_modules/.bin/semantic-release --no-ci >../run.log 2>&1; then ended="ends with 0"; else ended="ends with an error"; fi
    said=$(grep -o 'no relevant changes' ../run.log || true)
    tags=$(git ls-remote --tags "file://$work/origin.git")
    echo "$ended, tried $(wc -l <../asked), tag ${tags##*/}${said:+, $said}"
}
: >../asked
state "the registry is away" "ends with an error, tried 1, tag v1.0.0" "$(run)"
: >../registry-is-up
state "run again, the registry is there" "ends with 0, tried 1, tag v1.0.0, no relevant changes" "$(run)"
tell

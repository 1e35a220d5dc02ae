#!/bin/sh
# Tool: helm 3.19.0.
# Run: `helm template` of a chart with image: "app:{{ .Values.tag }}", the tag given by --set and by a values file.
# One would guess: the same tag by both ways, and without quotes the same as with them.
# What happens: by --set 1234567 (a short commit of digits) stays as it is, from a values file or --set-json it becomes
#   app:1.234567e+06, 1.10 becomes 1.1, and 0123 becomes 83. With `| default "1.0"` in the template the tag 0 is taken for
#   "not given", by both ways.
# Why it matters: a pipeline that was tried out with --set deploys a tag that does not exist once the tag is written into
#   the repository, on the day that a commit's name has digits only.

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
GOBIN="$work/bin" timeout 900 go install helm.sh/helm/v3/cmd/helm@v3.19.0
PATH="$work/bin:$PATH"
export HOME="$work"
cd "$work"
mkdir -p chart/templates
printf 'apiVersion: v2\nname: app\nversion: 1.0.0\n' >chart/Chart.yaml
cat >chart/templates/deployment.yaml <<'END'
plain: "app:{{ .Values.tag }}"
default: "app:{{ .Values.tag | default "1.0" }}"
END
rendered() { helm template app chart "$@" 2>helm.log | sed -n 's/^plain: "\(.*\)"/\1/p'; }
defaulted() { helm template app chart "$@" 2>helm.log | sed -n 's/^default: "\(.*\)"/\1/p'; }
for tag in 1234567 1.10 0123 0; do
    echo "tag: $tag" >$tag.yaml
    state "--set tag=$tag" app:$tag "$(rendered --set tag=$tag)"
done
state "tag: 1234567 in a file" app:1.234567e+06 "$(rendered -f 1234567.yaml)"
state "--set-json tag=1234567" app:1.234567e+06 "$(rendered --set-json tag=1234567)"
state "tag: 1.10 in a file" app:1.1 "$(rendered -f 1.10.yaml)"
state "tag: 0123 in a file" app:83 "$(rendered -f 0123.yaml)"
state "--set tag=0, with a default" app:1.0 "$(defaulted --set tag=0)"
state "tag: 0 in a file, with a default" app:1.0 "$(defaulted -f 0.yaml)"
tell

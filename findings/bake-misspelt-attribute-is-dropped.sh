#!/bin/sh
# Tool: docker buildx bake 0.38.2.
# Run: `bake --print --push` on a target with `tag`, `platform` and `outputs` where bake's own words are `tags`,
#   `platforms` and `output`; and on a variable with `defualt`.
# One would guess: an error with the line, as for a misspelt attribute in Terraform, which has the same language.
# What happens: unknown attributes are dropped without a warning. The target has no tag and one platform, the
#   variable no default, so what it is used in has a hole where the value should be.
# Why it matters: the words that are dropped say what is published, for which machines, and where to.

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
cat >docker-bake.hcl <<'END'
target "default" {
  tag      = ["registry.example.com/acme/app:1"]
  platform = ["linux/amd64", "linux/arm64"]
  outputs  = ["type=local,dest=out"]
}
END
timeout 60 buildx bake --print --push >plan.json 2>bake.log
state "what is left of the target" '["context","dockerfile","output"]' "$(jq -c '.target.default | keys' plan.json)"
state "output" '[{"push":"true","type":"image"}]' "$(jq -cS .target.default.output plan.json)"
state "warnings" 0 "$(grep -ci -e warn -e unknown -e unsupported bake.log || true)"
cat >docker-bake.hcl <<'END'
variable "V" {
  defualt = "1"
}
target "default" {
  tags = ["registry.example.com/acme/app:${V}"]
}
END
timeout 60 buildx bake --print --push >plan.json 2>bake.log
state "the tag" registry.example.com/acme/app: "$(jq -r '.target.default.tags[0]' plan.json)"
tell

#!/bin/sh
# Tool: npm's @actions/workflow-parser 0.3.61, bundled with esbuild 0.25.12.
# Run: a workflow with values without quotes in `env` is parsed and converted to a template.
# One would guess: what is in `env` is text, so the process gets the letters of the file; and the package can be imported
#   by the Node.js that it names.
# What happens: each value is a YAML 1.2 number first: 1.10 becomes 1.1, 0123 becomes 123 (Compose makes 83 of it),
#   12e4567 becomes Infinity, 17 digits are rounded. 1_000 stays. Node.js 20 refuses the package's own entry, since a JSON
#   file is imported without saying so; it must be bundled first.
# Why it matters: the tag app:${VERSION} is not the version that stands in the workflow, and no linter says a word.

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
(cd "$work" && npm init -y >"$work/npm.log" && timeout 600 npm install --silent --no-audit --no-fund --ignore-scripts @actions/workflow-parser@0.3.61 esbuild@0.25.12 >>"$work/npm.log")
cd "$work"
cat >workflow.yml <<'END'
on: push
env:
  VERSION: 1.10
  REVISION: 0123
  COMMIT: 12e4567
  RUN: 20261130123456789
  SIZE: 1_000
  QUOTED: "1.10"
jobs:
  release:
    runs-on: ubuntu-latest
    steps: [{run: "true"}]
END
cat >env.mjs <<'END'
import fs from "node:fs";
import {NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow} from "@actions/workflow-parser";

const file = {name: "workflow.yml", content: fs.readFileSync("workflow.yml", "utf8")};
const parsed = parseWorkflow(file, new NoOperationTraceWriter());
convertWorkflowTemplate(parsed.context, parsed.value).then((template) => {
  const errors = parsed.context.errors.getErrors().length;
  const values = JSON.parse(JSON.stringify(template.env)).map.map((pair) => `${pair.Key}=${pair.Value}`);
  console.log([...values, `errors=${errors}`].join(" "));
});
END
if node env.mjs >import.log 2>&1; then seen=imported; else seen="$(grep -o -m1 'needs an import attribute[^"]*"[^"]*[^.]*' import.log || echo other)"; fi
case $(node --version) in
v20.*) state "plain import" "needs an import attribute of type \"json\"" "$seen" ;;
*) echo "plain import: $seen" ;;
esac
(node_modules/.bin/esbuild env.mjs --bundle --platform=node --outfile=env.cjs --log-level=error)
state "env" "VERSION=1.1 REVISION=123 COMMIT=Infinity RUN=20261130123456788 SIZE=1_000 QUOTED=1.10 errors=0" \
    "$(node env.cjs)"
tell

#!/bin/sh
# Tools: PyPI's PyYAML 6.0.4 and ruamel.yaml 0.19.1, npm's yaml 2.9.1 and js-yaml 5.5.0, sigs.k8s.io/yaml 1.6.0.
# Run: each reads `tag: VALUE` without quotes, where VALUE is a short commit of seven letters, or 0123.
# One would guess: whether 12e4567 is a text or a number, all readers of one format agree, and 0123 is one value.
# What happens: 12e4567 is a text for PyYAML, js-yaml and Kubernetes' reader, and infinity for ruamel.yaml and npm's
#   yaml. 1234e56 is a text for PyYAML alone. 0123 is 83 for PyYAML and Kubernetes, 123 for the others.
# Why it matters: on the day a commit has such a name, the tag in the values file is not the tag that was pushed, and
#   which tool notices depends on its parser.

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
timeout 600 "$work/venv/bin/pip" -q --disable-pip-version-check install PyYAML==6.0.4 ruamel.yaml==0.19.1
(cd "$work" && npm init -y >"$work/npm.log" && timeout 600 npm install --silent --no-audit --no-fund --ignore-scripts yaml@2.9.1 js-yaml@5.5.0 >>"$work/npm.log")
cd "$work"
cat >go.mod <<'END'
module example.com/tag
go 1.24
require sigs.k8s.io/yaml v1.6.0
END
cat >main.go <<'END'
package main

import (
	"fmt"
	"io"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	text, _ := io.ReadAll(os.Stdin)
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		fmt.Println("refused")
		return
	}
	fmt.Println(kind(values["tag"]))
}

func kind(value any) string {
	if text, ok := value.(string); ok {
		return "text " + text
	}
	return fmt.Sprint("number ", value)
}
END
GOFLAGS=-mod=mod timeout 300 go build -o kubernetes . 2>go.log
cat >read.py <<'END'
import sys

if sys.argv[1] == "pyyaml":
    import yaml
    value = yaml.safe_load(sys.stdin)["tag"]
else:
    from ruamel.yaml import YAML
    value = YAML(typ="safe", pure=True).load(sys.stdin)["tag"]
print("text" if isinstance(value, str) else "number", value)
END
cat >read.mjs <<'END'
import fs from "node:fs";
import * as yaml from "yaml";
import * as jsyaml from "js-yaml";

const text = fs.readFileSync(0, "utf8");
const value = (process.argv[2] === "yaml" ? yaml.parse(text) : (jsyaml.load ?? jsyaml.default.load)(text)).tag;
console.log(typeof value === "string" ? "text" : "number", value);
END
# all VALUE: what PyYAML, ruamel.yaml, yaml, js-yaml and Kubernetes' reader make of it.
all() {
    echo "tag: $1" >values.yaml
    for reader in pyyaml ruamel; do venv/bin/python read.py $reader <values.yaml; done
    for reader in yaml js-yaml; do node read.mjs $reader <values.yaml; done
    ./kubernetes <values.yaml
}
line() { all "$1" | paste -sd , - | sed 's/,/, /g'; }
echo "in the order PyYAML, ruamel.yaml, yaml, js-yaml, sigs.k8s.io/yaml"
state "tag: 12e4567" "text 12e4567, number inf, number Infinity, text 12e4567, text 12e4567" "$(line 12e4567)"
state "tag: 1234e56" \
    "text 1234e56, number 1.234e+59, number 1.234e+59, number 1.234e+59, number 1.234e+59" "$(line 1234e56)"
state "tag: 0123" "number 83, number 123, number 123, number 123, number 83" "$(line 0123)"
tell

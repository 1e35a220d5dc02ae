"""Bake definitions in HCL and JSON, made by chance."""

from __future__ import annotations

import json
import random

from tests.tools.bake.expressions import HOSTS, WORDS, Expressions, Maker, quoted

Files = dict[str, str]

KINDS = {
    "text": ("REGISTRY", "TAG", "VERSION", "EMPTY"),
    "number": ("COUNT",),
    "truth": ("FLAG",),
    "list": ("ITEMS", "NAMES"),
    "map": ("TABLE",),
    "null": ("MAYBE",),
}
TYPES = {"text": "string", "number": "number", "truth": "bool", "list": "list(string)", "map": "map(string)",
         "null": "string"}  # fmt: skip
PLATFORMS = ('["linux/amd64"]', '["linux/amd64", "linux/arm64"]', "[]")


class Definition:
    def __init__(self, pick: random.Random) -> None:
        self.pick = pick
        self.scope: dict[str, list[str]] = {"function": []}
        self.env: dict[str, str] = {}
        self.targets = pick.sample(["app", "worker", "web", "api", "base", "default"], pick.randint(1, 4))
        self.groups: list[str] = []
        self.families: list[str] = []
        self.variables: list[str] = []
        self._declare()

    def _declare(self) -> None:
        pick = self.pick
        for kind, names in KINDS.items():
            for name in names:
                if pick.random() < 0.55:
                    self.variables.append(self._variable(name, kind))
                    self.scope.setdefault(kind, []).append(name)
        if pick.random() < 0.4:
            self.variables.append(self._function())
            self.scope["function"].append("tag_of")
        if pick.random() < 0.3:
            self.variables.append(f"IMAGE = {Expressions(pick, self.scope).text(1)}\n")
            self.scope.setdefault("text", []).append("IMAGE")
        pick.shuffle(self.variables)

    def _variable(self, name: str, kind: str) -> str:
        pick = self.pick
        with_type = pick.random() < 0.35
        settable = kind not in ("list", "map") or with_type
        if pick.random() < 0.35 and settable:
            self.env[name] = self._set_to(kind)
        elif with_type and kind in ("list", "map") and pick.random() < 0.4:
            self.env[f"{name}_JSON"] = '["j", "k"]' if kind == "list" else '{"a": "json"}'
        lines = [f"default = {self._default(name, kind)}"] if kind != "text" or pick.random() < 0.9 else []
        lines += [f"type = {TYPES[kind]}"] if with_type else []
        return f'variable "{name}" {{\n' + "".join(f"  {line}\n" for line in lines) + "}\n"

    def _default(self, name: str, kind: str) -> str:
        pick = self.pick
        scope = {k: [n for n in names if n != name] for k, names in self.scope.items() if k != "function"}
        made: dict[str, Maker] = {
            "text": lambda: Expressions(pick, scope).text(1),
            "number": lambda: str(pick.randint(0, 5)),
            "truth": lambda: pick.choice(("true", "false")),
            "list": lambda: f"[{', '.join(quoted(pick.choice(WORDS)) for _ in range(pick.randint(0, 3)))}]",
            "map": lambda: '{a = "1", b = "two"}',
            "null": lambda: "null",
        }
        return made[kind]()

    def _set_to(self, kind: str) -> str:
        pick = self.pick
        fixed = {"list": "a,b", "map": "a:9,c:8", "truth": pick.choice(("true", "false", "1", "F"))}
        return fixed.get(kind) or (str(pick.randint(0, 9)) if kind == "number" else pick.choice(WORDS))

    def _function(self) -> str:
        pick = self.pick
        inner = Expressions(
            pick, {**self.scope, "text": [*self.scope.get("text", []), "name"], "function": []}
        )
        if pick.random() < 0.2:
            lines = ["params = []", "variadic_params = rest", 'result = join("/", rest)']
        else:
            result = f'"{pick.choice(HOSTS)}/${{name}}:${{{inner.text(1)}}}"'
            lines = ["params = [name]", f"result = {result}"]
        return 'function "tag_of" {\n' + "".join(f"  {line}\n" for line in lines) + "}\n"

    def files(self) -> Files:
        pick = self.pick
        blocks = [self._target(name) for name in self.targets]
        if pick.random() < 0.6 and "default" not in self.targets:
            self.groups.append("default")
            blocks.append(self._group("default", self.targets))
        if pick.random() < 0.25:
            self.groups.append("extra")
            blocks.append(self._group("extra", [*self.targets, *self.groups[:-1]]))
        if pick.random() < 0.25:
            again = pick.choice(self.targets)
            blocks.append(self._target(again) if again not in self.families else "")
        pick.shuffle(blocks)
        self.split = pick.random() < 0.3
        main = "".join([*self.variables, *blocks])
        if not self.split:
            return {"docker-bake.hcl": main} if pick.random() > 0.2 else {"bake.hcl": main}
        return self._with_override(main)

    def _with_override(self, main: str) -> Files:
        pick = self.pick
        extra = []
        texts = self.scope.get("text", [])
        if texts and pick.random() < 0.5 and texts[0] != "IMAGE":
            extra.append(f'variable "{texts[0]}" {{\n  default = "over"\n}}\n')
        plain = [name for name in self.targets if name not in self.families]
        if plain:
            extra.append(self._target(pick.choice(plain), spare=True))
        if pick.random() < 0.5:
            return {"docker-bake.hcl": main, "docker-bake.override.hcl": "".join(extra)}
        if not plain:
            return {"docker-bake.hcl": main}
        body = {"tags": ['${upper("j")}/json:1', "quote"], "args": {"J": 1, "N": None}}
        target = {pick.choice(plain): body}
        return {"docker-bake.hcl": main, "docker-bake.override.json": json.dumps({"target": target})}

    def _group(self, name: str, members: list[str]) -> str:
        pick = self.pick
        chosen = pick.sample(members, pick.randint(1, len(members)))
        listed = ", ".join(f'"{each}"' for each in chosen)
        if pick.random() < 0.2:
            return f'group "{name}" {{\n  targets = [for t in [{listed}] : "${{t}}"]\n}}\n'
        return f'group "{name}" {{\n  targets = [{listed}]\n}}\n'

    def _target(self, name: str, *, spare: bool = False) -> str:
        pick = self.pick
        scope = dict(self.scope)
        lines: list[str] = []
        if not spare and pick.random() < 0.2 and name not in self.families:
            self.families.append(name)
            lines += self._matrix(name)
            scope["text"] = [*scope.get("text", []), "axis"]
        make = Expressions(pick, scope)
        others = [each for each in self.targets if each != name and each not in self.families]
        lines += self._attributes(name, make, others)
        if others and pick.random() < 0.12 and not any(line.startswith("tags =") for line in lines):
            lines.append(f"tags = target.{pick.choice(others)}.tags")
        if pick.random() < 0.08:
            lines.append('description = <<-EOT\n    some\n      text ${"x"}\n  EOT')
        return f'target "{name}" {{\n' + "".join(f"  {line}\n" for line in lines if line) + "}\n"

    def _matrix(self, name: str) -> list[str]:
        if self.pick.random() < 0.4:
            axes, suffix = '{ axis = ["one", "two"], n = [1, 2] }', "-${n}"
        else:
            axes, suffix = '{ axis = ["one", "two.x"] }', ""
        return [f"matrix = {axes}", f'name = "{name}-${{sanitize(axis)}}{suffix}"']

    def _attributes(self, name: str, make: Expressions, others: list[str]) -> list[str]:
        pick = self.pick
        options: tuple[tuple[float, Maker], ...] = (
            (0.85, lambda: f"tags = {self._tags(name, make)}"),
            (0.3, lambda: f"context = {pick.choice((quoted('./src/'), quoted('src'), make.text(1)))}"),
            (0.25, lambda: f"dockerfile = {quoted(pick.choice(('Dockerfile.x', 'docker/D', '')))}"),
            (0.2, lambda: f"target = {make.text(1)}"),
            (0.45, lambda: self._args(make)),
            (0.25, lambda: f"platforms = {pick.choice(PLATFORMS)}"),
            (0.25, lambda: f"output = {self._output()}"),
            (0.3, lambda: f"inherits = [{quoted(pick.choice(others))}]" if others else ""),
            (0.12, lambda: self._contexts(others) if others else ""),
            (0.1, lambda: 'outputs = ["type=local,dest=out"]'),
            (0.08, lambda: 'cache-to = ["type=registry,ref=r.example/cache"]'),
            (0.08, lambda: f"labels = {{ l = {make.text(1)} }}"),
            (0.06, lambda: f'tags2 = "x"\n  call = {quoted(pick.choice(("build", "check")))}'),
            (0.1, lambda: f"no-cache = {pick.choice(('true', 'false', quoted('true')))}"),
        )
        return [line() for chance, line in options if pick.random() < chance]

    def _tags(self, name: str, make: Expressions) -> str:
        pick = self.pick

        def tag() -> str:
            return (
                f'"{pick.choice(HOSTS)}/{name}:${{{make.text(2)}}}"' if pick.random() < 0.5 else make.text(2)
            )

        if pick.random() < 0.3:
            return make.texts(2)
        return "[" + ", ".join(tag() for _ in range(pick.randint(1, 3))) + "]"

    def _args(self, make: Expressions) -> str:
        pick = self.pick
        keys = pick.sample(["A", "B", "C"], pick.randint(0, 3))
        pairs = [
            f"{key} = {pick.choice((make.text(1), make.text(1), 'null', make.number(1)))}" for key in keys
        ]
        return "args = {\n" + "".join(f"    {pair}\n" for pair in pairs) + "  }"

    def _contexts(self, others: list[str]) -> str:
        return f'contexts = {{ other = "target:{self.pick.choice(others)}", img = "docker-image://alpine" }}'

    def _output(self) -> str:
        return self.pick.choice((
            '["type=image"]', '["type=registry"]', '["type=image,push=true"]', '["type=docker"]',
            '["type=local,dest=out"]', '["type=image,name=r.example/n,push=true"]',
            '[{ type = "image", push = "true" }]', '["type=oci,dest=o.tar", "type=image"]',
            "[]", '["out"]', '["type=cacheonly"]', '["type=image,push-by-digest=true,name=r.example/d"]',
        ))  # fmt: skip

    def file_args(self, files: Files) -> tuple[str, ...]:
        if "docker-bake.hcl" in files and self.pick.random() < 0.7:
            return ()
        return tuple(arg for name in files for arg in ("-f", name))

    def command(self) -> tuple[str, ...]:
        pick = self.pick
        args: list[str] = []
        plain = [name for name in self.targets if name not in self.families]
        args += ["--push"] if pick.random() < 0.3 else []
        args += ["--load"] if pick.random() < 0.08 else []
        for _ in range(pick.choice((0, 0, 0, 1, 1, 2, 3))):
            args += ["--set", self._set(plain)]
        texts = [name for name in self.scope.get("text", []) if name != "IMAGE"]
        if texts and pick.random() < 0.12:
            args += ["--var", f"{pick.choice(texts)}=given"]
        names = [*self.targets, *self.groups]
        if pick.random() < 0.55 or not ({"default"} & {*names}):
            args += pick.sample(names, pick.randint(1, min(2, len(names))))
        elif pick.random() < 0.1:
            args += ["*"]
        return tuple(args)

    def _set(self, plain: list[str]) -> str:
        pick = self.pick
        target = pick.choice(("*", *plain, "a*" if any(p.startswith("a") for p in plain) else "*"))
        return target + "." + pick.choice((
            "tags=r.example/set:1", "tags+=r.example/more:1", "tag=r.example/one", "tags=",
            "platform=linux/arm64", "platform+=linux/s390x", "args.A=set", "args.V=new", "args.A=",
            "context=other", "dockerfile=D2", "target=prod", "output=type=registry", "output=type=docker",
            "push=true", "push=false", "load=true", "contexts.other=", "labels.x=1", "no-cache=true",
            "cache-to=type=inline",
        ))  # fmt: skip

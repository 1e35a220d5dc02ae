"""Bake definitions in HCL and JSON, made by chance: the same blocks, written either way."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field

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
TYPES = {
    "text": ("string",),
    "number": ("number",),
    "truth": ("bool",),
    "list": ("list(string)", "set(string)", "tuple([string, string])"),
    "map": ("map(string)", "object({a = string, b = optional(string)})"),
    "null": ("string",),
}
PLATFORMS = ('["linux/amd64"]', '["linux/amd64", "linux/arm64"]', "[]")


@dataclass
class Block:
    """A block: its attributes are expressions of HCL."""

    kind: str
    label: str
    attributes: dict[str, str] = field(default_factory=dict)

    def hcl(self) -> str:
        """As HCL writes it."""
        lines = "".join(f"  {name} = {value}\n" for name, value in self.attributes.items())
        return f'{self.kind} "{self.label}" {{\n{lines}}}\n'

    def plain(self) -> dict[str, object]:
        """As JSON writes it: an expression is a text with one thing in it."""
        return {name: _plain(name, value) for name, value in self.attributes.items()}


def _plain(name: str, expression: str) -> object:
    if name == "params":
        return [each for each in expression.strip("[]").split(", ") if each]
    if name in ("type", "variadic_params"):
        return expression
    try:
        return json.loads(expression)
    except ValueError:
        return "${" + expression + "}"


class Definition:
    """One definition and a command to match."""

    def __init__(self, pick: random.Random) -> None:
        self.pick = pick
        self.scope: dict[str, list[str]] = {"function": []}
        self.env: dict[str, str] = {}
        self.targets = pick.sample(["app", "worker", "web", "api", "base", "default"], pick.randint(1, 4))
        self.groups: list[str] = []
        self.families: list[str] = []
        self.blocks: list[Block] = []
        self.image = ""
        self._declare()

    def _declare(self) -> None:
        pick = self.pick
        for kind, names in KINDS.items():
            for name in names:
                if pick.random() < 0.55:
                    self.blocks.append(self._variable(name, kind))
                    self.scope.setdefault(kind, []).append(name)
        if pick.random() < 0.4:
            self.blocks.append(self._function())
            self.scope["function"].append("tag_of")
        if pick.random() < 0.3:
            self.image = Expressions(pick, self.scope).text(1)
            self.scope.setdefault("text", []).append("IMAGE")

    def _variable(self, name: str, kind: str) -> Block:
        pick = self.pick
        made = Block("variable", name)
        if kind != "text" or pick.random() < 0.9:
            made.attributes["default"] = self._default(name, kind)
        if pick.random() < 0.35:
            made.attributes["type"] = pick.choice(TYPES[kind])
        settable = kind not in ("list", "map") or "type" in made.attributes
        if settable and pick.random() < 0.35:
            self.env[name] = self._set_to(kind)
        elif settable and kind in ("list", "map") and pick.random() < 0.4:
            self.env[f"{name}_JSON"] = '["j", "k"]' if kind == "list" else '{"a": "json"}'
        if pick.random() < 0.05:
            made.attributes["description"] = '"what it is for"'
        return made

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

    def _function(self) -> Block:
        pick = self.pick
        if pick.random() < 0.2:
            rest = {"params": "[]", "variadic_params": "rest", "result": 'join("/", rest)'}
            return Block("function", "tag_of", rest)
        scope = {**self.scope, "text": [*self.scope.get("text", []), "name"], "function": []}
        result = f'"{pick.choice(HOSTS)}/${{name}}:${{{Expressions(pick, scope).text(1)}}}"'
        return Block("function", "tag_of", {"params": "[name]", "result": result})

    # Files

    def files(self) -> Files:
        """The files of the definition."""
        pick = self.pick
        self.blocks += [self._target(name) for name in self.targets]
        if pick.random() < 0.6 and "default" not in self.targets:
            self.blocks.append(self._group("default", self.targets))
        if pick.random() < 0.25:
            self.blocks.append(self._group("extra", [*self.targets, *self.groups]))
        plain = self.plain()
        if plain and pick.random() < 0.25:
            self.blocks.append(self._target(pick.choice(plain), spare=True))
        pick.shuffle(self.blocks)
        if pick.random() < 0.3:
            return self._split()
        if pick.random() < 0.25:
            return {pick.choice(("docker-bake.json", "bake.json")): self._json(self.blocks)}
        return {
            pick.choice(("docker-bake.hcl", "docker-bake.hcl", "bake.hcl", "Bakefile")): self._hcl(
                self.blocks
            )
        }

    def plain(self) -> list[str]:
        """Targets without a matrix."""
        return [name for name in self.targets if name not in self.families]

    def _split(self) -> Files:
        pick = self.pick
        over: list[Block] = []
        texts = [name for name in self.scope.get("text", []) if name != "IMAGE"]
        if texts and pick.random() < 0.5:
            over.append(Block("variable", texts[0], {"default": '"over"'}))
        if self.plain():
            over.append(self._target(pick.choice(self.plain()), spare=True))
        if self.groups and pick.random() < 0.3:
            over.append(self._group(self.groups[0], self.targets))
        first, second = pick.choice((
            ("docker-bake.hcl", "docker-bake.override.hcl"),
            ("docker-bake.hcl", "docker-bake.override.json"),
            ("docker-bake.json", "docker-bake.hcl"),
            ("a.hcl", "b.json"),
        ))  # fmt: skip
        return {first: self._written(first, self.blocks), second: self._written(second, over, more=True)}

    def _written(self, name: str, blocks: list[Block], *, more: bool = False) -> str:
        image, self.image = self.image, "" if more else self.image
        made = self._json(blocks) if name.endswith(".json") else self._hcl(blocks)
        self.image = image
        return made

    def _hcl(self, blocks: list[Block]) -> str:
        image = f"IMAGE = {self.image}\n" if self.image else ""
        comment = self.pick.choice(("", "# one\n", "// two\n", "/* three\n */\n"))
        return comment + image + "".join(block.hcl() for block in blocks)

    def _json(self, blocks: list[Block]) -> str:
        tree: dict[str, object] = {"IMAGE": "${" + self.image + "}"} if self.image else {}
        for block in blocks:
            kind = tree.setdefault(block.kind, {})
            assert isinstance(kind, dict)
            if block.label in kind:  # a list of bodies is two blocks of one name
                before = kind[block.label]
                kind[block.label] = [*(before if isinstance(before, list) else [before]), block.plain()]
            else:
                kind[block.label] = block.plain()
        targets = tree.get("target")
        if isinstance(targets, dict) and self.pick.random() < 0.2:  # a block's labels can stand in a list
            tree["target"] = [{name: body} for name, body in targets.items()]
        return json.dumps(tree, indent=1)

    # Blocks

    def _group(self, name: str, members: list[str]) -> Block:
        pick = self.pick
        if name not in self.groups:
            self.groups.append(name)
        chosen = pick.sample(members, pick.randint(1, len(members)))
        listed = "[" + ", ".join(f'"{each}"' for each in chosen) + "]"
        return Block(
            "group", name, {"targets": f'[for t in {listed} : "${{t}}"]' if pick.random() < 0.2 else listed}
        )

    def _target(self, name: str, *, spare: bool = False) -> Block:
        pick = self.pick
        scope = dict(self.scope)
        made = Block("target", name)
        if not spare and pick.random() < 0.2 and name not in self.families:
            self.families.append(name)
            made.attributes |= self._matrix(name)
            scope["text"] = [*scope.get("text", []), "item.v" if "target" in made.attributes else "axis"]
        others = [each for each in self.plain() if each != name]
        if others and not spare and name not in self.families and name == self.targets[-1]:
            scope["list"] = [
                *scope.get("list", []),
                f"(target.{others[0]}.tags == null ? [] : target.{others[0]}.tags)",
            ]
            scope["text"] = [*scope.get("text", []), f'"${{coalesce(target.{others[0]}.context, "none")}}"']
        make = Expressions(pick, scope)
        made.attributes |= {
            key: value
            for chance, key, maker in self._attributes(name, make, others)
            if pick.random() < chance and (value := maker())
        }
        return made

    def _matrix(self, name: str) -> dict[str, str]:
        pick = self.pick
        axes, suffix = pick.choice((
            ('{ axis = ["one", "two"], n = [1, 2] }', "-${n}"),
            ('{ axis = ["one", "two.x"] }', ""),
            ('{ axis = [for i in range(2) : "k${i}"] }', ""),
        ))  # fmt: skip
        if pick.random() < 0.2:
            objects = '[{ n = "one", v = "1" }, { n = "two", v = "2" }]'
            return {"matrix": f"{{ item = {objects} }}", "name": f'"{name}-${{item.n}}"', "target": "item.v"}
        return {"matrix": axes, "name": f'"{name}-${{sanitize(axis)}}{suffix}"'}

    def _attributes(self, name: str, make: Expressions, others: list[str]) -> list[tuple[float, str, Maker]]:
        pick = self.pick
        return [
            (0.85, "tags", lambda: self._tags(name, make)),
            (0.3, "context", lambda: pick.choice((quoted("./src/"), quoted("src"), make.text(1)))),
            (0.25, "dockerfile", lambda: quoted(pick.choice(("Dockerfile.x", "docker/D", "")))),
            (0.2, "target", lambda: make.text(1)),
            (0.45, "args", lambda: self._args(make)),
            (0.25, "platforms", lambda: pick.choice(PLATFORMS)),
            (0.25, "output", self._output),
            (0.3, "inherits", lambda: self._parents(others)),
            (0.12, "contexts", lambda: self._contexts(others)),
            (0.1, "outputs", lambda: '["type=local,dest=out"]'),
            (0.08, "cache-to", lambda: '["type=registry,ref=r.example/cache"]'),
            (0.08, "labels", lambda: f"{{ l = {make.text(1)} }}"),
            (0.06, "call", lambda: quoted(pick.choice(("build", "check")))),
            (0.1, "no-cache", lambda: pick.choice(("true", "false", quoted("true")))),
            (0.05, "dockerfile-inline", lambda: pick.choice(('"FROM scratch"', "null"))),
            (0.05, "description", lambda: make.text(1)),
        ]

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
        values = [pick.choice((make.text(1), make.text(1), "null", make.number(1))) for _ in keys]
        return "{" + ", ".join(f"{key} = {value}" for key, value in zip(keys, values, strict=True)) + "}"

    def _parents(self, others: list[str]) -> str:
        if not others:
            return ""
        chosen = self.pick.sample(others, self.pick.randint(1, min(2, len(others))))
        return "[" + ", ".join(map(quoted, chosen)) + "]"

    def _contexts(self, others: list[str]) -> str:
        if not others:
            return ""
        return f'{{ other = "target:{self.pick.choice(others)}", img = "docker-image://alpine" }}'

    def _output(self) -> str:
        return self.pick.choice((
            '["type=image"]', '["type=registry"]', '["type=image,push=true"]', '["type=docker"]',
            '["type=local,dest=out"]', '["type=image,name=r.example/n,push=true"]',
            '[{ type = "image", push = "true" }]', '["type=oci,dest=o.tar", "type=image"]',
            "[]", '["out"]', '["type=cacheonly"]', '["type=image,push-by-digest=true,name=r.example/d"]',
            '["type=image,push=1"]', '["type=image", "type=image"]',
        ))  # fmt: skip

    # The command

    def file_args(self, files: Files) -> tuple[str, ...]:
        """``-f`` for the files, where they are not found by their names."""
        if all(name.startswith("docker-bake.") for name in files) and self.pick.random() < 0.7:
            return ()
        if self.pick.random() < 0.15:
            self.env["BUILDX_BAKE_FILE"] = ":".join(files)
            return ()
        prefix = self.pick.choice(("", "", "cwd://", "./"))
        return tuple(arg for name in files for arg in ("-f", prefix + name))

    def command(self) -> tuple[str, ...]:
        """Flags and targets."""
        pick = self.pick
        args: list[str] = []
        args += ["--push"] if pick.random() < 0.3 else []
        args += ["--load"] if pick.random() < 0.08 else []
        for _ in range(pick.choice((0, 0, 0, 1, 1, 2, 3))):
            args += ["--set", self._set(self.plain())]
        texts = [name for name in self.scope.get("text", []) if name.isupper() and name != "IMAGE"]
        if texts and pick.random() < 0.12:
            args += ["--var", f"{pick.choice(texts)}=given"]
        names = [*self.targets, *self.groups]
        if pick.random() < 0.55 or "default" not in names:
            args += pick.sample(names, pick.randint(1, min(2, len(names))))
        elif pick.random() < 0.1:
            args += [pick.choice(("*", "[a-w]*", "?pp"))]
        return tuple(args)

    def _set(self, plain: list[str]) -> str:
        pick = self.pick
        target = pick.choice(("*", *plain, "a*" if any(p.startswith("a") for p in plain) else "*"))
        return target + "." + pick.choice((
            "tags=r.example/set:1", "tags+=r.example/more:1", "tag=r.example/one", "tags=",
            "platform=linux/arm64", "platform+=linux/s390x", "args.A=set", "args.V=new", "args.A=",
            "context=other", "dockerfile=D2", "target=prod", "output=type=registry", "output=type=docker",
            "output+=type=registry", "push=true", "push=false", "load=true", "contexts.other=",
            "labels.x=1", "no-cache=true", "cache-to=type=inline", "platforms=linux/amd64,linux/arm64",
        ))  # fmt: skip

"""Compose projects, made by chance."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable

Files = dict[str, str]

RAW = "RAW "
"""Begins a text that is written into the file as it is."""
_WRITTEN = re.compile(f'"{RAW}((?:[^"\\\\]|\\\\.)*)"')
SCALARS = ("1.10", "0123", "1e6", "true", "yes", "null", "0x1F", "1_000", "-0", "12345678.9", "08")


class Project:
    """Compose files; written as JSON, which is YAML."""

    def __init__(self, pick: random.Random) -> None:
        self.pick = pick
        self.names = pick.sample(["app", "worker", "web.api", "db", "base"], pick.randint(1, 4))
        self.env = {
            name: pick.choice(("5", "", "two")) for name in ("TAG", "REG", "ALT") if pick.random() < 0.4
        }
        self.extra: Files = {}

    def files(self) -> Files:
        pick = self.pick
        shared = RAW + '&shared {"target": "common", "args": {"S": "${TAG:-s}"}}'
        main: dict[str, object] = {"x-shared": shared}
        main["services"] = {name: self._service(name, shared=True) for name in self.names}
        if pick.random() < 0.15:
            main["include"] = [self._included()]
        files = {pick.choice(("compose.yaml", "docker-compose.yml", "compose.yml")): self._yaml(main)}
        if pick.random() < 0.35:
            again = {"services": {name: self._service(name) for name in pick.sample(self.names, 1)}}
            name = pick.choice(("docker-compose.yaml", "over.yaml"))
            files[name] = self._yaml(again, over=True)
        if pick.random() < 0.3:
            files[".env"] = pick.choice(
                (
                    "TAG=fromenv\n",
                    "REG='q r'\nexport TAG=\"a${REG}b\" # c\n",
                    "# c\nALT=x #y\nTAG\n",
                    "TAG=${REG:-none}-x\n",
                )
            )
        return {**files, **self.extra}

    def _yaml(self, tree: object, *, over: bool = False) -> str:
        text = json.dumps(tree, indent=1)
        text = _WRITTEN.sub(lambda found: str(json.loads(f'"{found[1]}"')), text)
        if over and self.pick.random() < 0.4:
            text = text.replace('"tags": [', f'"tags": {self.pick.choice(("!override", "!reset"))} [')
        if over and self.pick.random() < 0.2:
            text = text.replace('"args": ', f'"args": {self.pick.choice(("!override", "!reset"))} ')
        return text

    def _included(self) -> object:
        pick = self.pick
        service = {
            "inc": {
                "image": "r.example/inc:${TAG:-i}",
                "build": pick.choice((".", "./src", {"context": "x"})),
            }
        }
        self.extra["sub/inc.yaml"] = json.dumps({"services": service})
        if pick.random() < 0.4:
            self.extra["sub/.env"] = "TAG=sub\n"
        return pick.choice(
            ("sub/inc.yaml", {"path": "sub/inc.yaml"}, {"path": ["sub/inc.yaml"], "project_directory": "."})
        )

    def text(self) -> str:
        return self.pick.choice((
            "r.example/app:${TAG}", "r.example/app:${TAG:-latest}", "r.example/${REG:-${ALT:-deep}}/app",
            "r/app:$TAG", "plain:1", "r/app:${TAG-dash}", "r/app:${TAG:+v${TAG}}", "r/app:x$$y",
            "${REG:-ghcr.io}/a:${TAG:-1}", "a${ALT+set}b", "r/a-${NONE}",
        ))  # fmt: skip

    def _service(self, name: str, *, shared: bool = False) -> dict[str, object]:
        pick = self.pick
        body: dict[str, object] = {}
        if pick.random() < 0.7:
            body["image"] = self.text()
        if pick.random() < 0.8:
            body["build"] = self._build(shared)
        others = [each for each in self.names if each != name]
        if others and pick.random() < 0.25 and self.names.index(name) > 0:
            below = self.names[pick.randrange(self.names.index(name))]
            body["extends"] = pick.choice(({"service": below}, below))
        elif pick.random() < 0.1:
            self._common()
            body["extends"] = {"file": "lib/base.yaml", "service": "common"}
        if pick.random() < 0.15:
            body["profiles"] = ["dev"]
        if pick.random() < 0.1:
            body["env_file"] = pick.choice(("vars.env", ["vars.env"], [{"path": "vars.env"}]))
            self.extra["vars.env"] = "B=file\nTAG=${ALT:-f}\nC='c c'\n"
        if pick.random() < 0.2:
            body["environment"] = pick.choice(({"A": "env", "B": None}, ["A=list", "TAG"]))
        if pick.random() < 0.1:
            body["x-bake"] = {"tags": ["r/ignored:1"]}
        return body

    def _common(self) -> None:
        """A file that services extend from, and one below it."""
        pick = self.pick
        build = {"context": "./ctx", "tags": ["r/common:t"], "args": {"C": 1, "D": "${ALT:-d}"}}
        common: dict[str, object] = {"image": "r/common:${TAG:-c}", "build": build}
        if pick.random() < 0.4:
            common = {"extends": {"file": "../deep/deep.yaml", "service": "deep"}, "image": "r/c"}
            deep = {"build": {"context": "./d", "target": "deep", "args": ["G=1"]}, "image": "r/deep"}
            self.extra["deep/deep.yaml"] = json.dumps({"services": {"deep": deep}})
        self.extra["lib/base.yaml"] = json.dumps({"services": {"common": common}})

    def _build(self, shared: bool) -> object:
        pick = self.pick
        if pick.random() < 0.25:
            return pick.choice((".", "./app/", "dir/${ALT:-sub}"))
        build: dict[str, object] = {"context": pick.choice((".", "./app", "https://github.com/a/b.git"))}
        if shared and pick.random() < 0.15:
            build[RAW + "<<"] = RAW + "*shared"
        options: dict[str, Callable[[], object]] = {
            "dockerfile": lambda: "Dockerfile.${TAG:-x}",
            "target": lambda: pick.choice(("prod", "${ALT}")),
            "tags": lambda: [self.text() for _ in range(pick.randint(1, 2))],
            "args": lambda: pick.choice(
                (
                    {"A": RAW + pick.choice(SCALARS), "B": "${TAG}", "C": None, "D": True},
                    ["A=1", "B", "E=x=y", "TAG"],
                    {"A": RAW + pick.choice(SCALARS), "E": RAW + pick.choice(SCALARS)},
                )
            ),
            "platforms": lambda: pick.choice((["linux/amd64"], ["linux/amd64", "linux/arm64"])),
            "additional_contexts": lambda: pick.choice(
                ({"o": "service:" + self.names[0], "d": "./dir"}, ["i=docker-image://alpine"])
            ),
            "cache_to": lambda: ["type=inline"],
            "dockerfile_inline": lambda: "FROM scratch",
            "x-bake": self._extra,
        }
        build.update((key, value()) for key, value in options.items() if pick.random() < 0.25)
        return build

    def _extra(self) -> object:
        pick = self.pick
        options: dict[str, object] = {
            "tags": pick.choice(("r/x:1", "r/x:${TAG:-q} r/y:2", ["r/x:${TAG:-q}"])),
            "platforms": pick.choice(("linux/arm64", ["linux/arm64", "linux/amd64"])),
            "output": pick.choice(("type=registry", ["type=image,push=true"], "type=docker")),
            "contexts": {"o": "docker-image://x", "e": "./e"},
            "args": {"Z": 1},
            "cache-to": "type=inline",
        }
        return {key: value for key, value in options.items() if pick.random() < 0.4}

    def file_args(self, files: Files) -> tuple[str, ...]:
        named = [name for name in files if name.endswith((".yaml", ".yml", ".hcl")) and "/" not in name]
        defaults = {
            "compose.yaml",
            "compose.yml",
            "docker-compose.yml",
            "docker-compose.yaml",
            "docker-bake.hcl",
        }
        if set(named) <= defaults and self.pick.random() < 0.6:
            return ()
        return tuple(arg for name in named for arg in ("-f", name))

    def command(self) -> tuple[str, ...]:
        pick = self.pick
        args = ["--push"] if pick.random() < 0.3 else []
        if pick.random() < 0.2:
            args += [
                "--set",
                pick.choice(
                    (
                        "*.tags=r.example/set:1",
                        "*.output=type=registry",
                        "*.push=true",
                        "*.args.A=9",
                        "*.platform=linux/arm64",
                    )
                ),
            ]
        if pick.random() < 0.15:
            args += ["--var", "TAG=var"]
        if pick.random() < 0.2:
            args += [pick.choice(self.names)]
        return tuple(args)

"""Expressions of HCL by the type of their value, made by chance."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping

Maker = Callable[[], str]

NEW = ("-", "$1", "x$${1}y", "")
PATTERNS = ("[^a-z]", "(.)p", "([a-z]+)")
GROUPED = '{for w in ["a1", "b1", "a2"] : substr(w, 0, 1) => w...}'
SIGNS = ("<", ">", "<=", ">=", "==", "!=")
WORDS = ("app", "worker", "web", "api", "v1", "edge", "prod", "x-1", "Dev", "a_b", "1.2.3", "", "true", "7")
HOSTS = ("ghcr.io/acme", "r.example", "docker.io/acme")


def quoted(text: str) -> str:
    """*text* as HCL and JSON write it, without expressions in it."""
    return json.dumps(text).replace("${", "$${").replace("%{", "%%{")


class Expressions:
    """Expressions of a wanted type; ``scope`` are the names that can be used, by type."""

    def __init__(self, pick: random.Random, scope: Mapping[str, list[str]]) -> None:
        self.pick = pick
        self.scope = {kind: list(names) for kind, names in scope.items()}
        self.inline = True

    def _name(self, kind: str, otherwise: Callable[[], str]) -> str:
        names = self.scope.get(kind) or []
        return self.pick.choice(names) if names else otherwise()

    def text(self, depth: int = 2) -> str:
        """A text."""
        pick = self.pick
        simple = (
            lambda: quoted(pick.choice(WORDS)),
            lambda: self._name("text", lambda: quoted(pick.choice(WORDS))),
        )
        if depth <= 0:
            return pick.choice(simple)()

        def t() -> str:
            return self.text(depth - 1)

        forms: tuple[Callable[[], str], ...] = (
            *simple,
            *simple,
            lambda: self.template(depth),
            lambda: self.template(depth),
            lambda: f"{self.truth(depth - 1)} ? {t()} : {t()}",
            lambda: f"({t()})",
            lambda: f"lower({t()})",
            lambda: f"upper({t()})",
            lambda: f"trimspace({t()})",
            lambda: f'trimprefix({t()}, "{pick.choice(("v", "a", "ap"))}")',
            lambda: f'trimsuffix({t()}, "{pick.choice(("p", "1", "er"))}")',
            lambda: f'trim({t()}, "{pick.choice(("v", "ap", "1."))}")',
            lambda: (
                f'replace({t()}, "{pick.choice(("a", ".", "p"))}", {quoted(pick.choice(("-", "", "zz")))})'
            ),
            lambda: f'regex_replace({t()}, "{pick.choice(PATTERNS)}", "{pick.choice(NEW)}")',
            lambda: f"substr({t()}, {pick.randint(-3, 3)}, {pick.randint(-1, 4)})",
            lambda: f"sanitize({t()})",
            lambda: f"title({t()})",
            lambda: f"strlen({t()})",
            lambda: f"reverse({t()})",
            lambda: f"join({quoted(pick.choice((',', '-', '')))}, {self.texts(depth - 1)})",
            lambda: f'format("%s-%s", {t()}, {t()})',
            lambda: f'format("{pick.choice(("%v", "%5s|", "%-5s|", "%q"))}", {t()})',
            lambda: f'format("{pick.choice(("%d", "%03d", "%v"))}", {self.number(depth - 1)})',
            lambda: f"coalesce({pick.choice(('null', self._name('null', lambda: 'null')))}, {t()}, {t()})",
            lambda: f"element({self.texts(depth - 1, least=1)}, {pick.randint(0, 4)})",
            lambda: f"try({self.texts(depth - 1)}[{pick.randint(0, 2)}], {t()})",
            lambda: f'lookup({self.mapping(depth - 1)}, "{pick.choice(("a", "b"))}", {t()})',
            lambda: self.mapping(depth - 1, keys=("a", "b")) + '["a"]',
            lambda: f"{self.mapping(depth - 1, keys=('a', 'b'))}.b",
            lambda: f"sha256({t()})",
            lambda: f"base64encode({t()})",
            lambda: f"jsonencode({self.texts(depth - 1)})",
            lambda: f"basename({t()})",
            lambda: f"dirname({t()})",
            lambda: f"urlencode({t()})",
            lambda: f"tag_of({t()})" if "tag_of" in self.scope.get("function", ()) else t(),
            lambda: f"{self.number(depth - 1)}",
            lambda: f"convert({self.number(depth - 1)}, string)",
            lambda: f"flatten([[{t()}]])[0]",
            lambda: f"split({quoted('-')}, {t()})[0]",
            lambda: f"[for k, v in {self.mapping(depth - 1, keys=('a', 'b'))} : v][1]",
            lambda: f"jsondecode(jsonencode({{a = {t()}}})).a",
            lambda: f"base64decode(base64encode({t()}))",
            lambda: f"indent(2, {t()})",
            lambda: f"chomp({t()})",
            lambda: f"max({self.number(0)}, 3)",
            lambda: f"md5({t()})",
            lambda: (
                f"<<-EOT\n      one ${{{t()}}}\n        two\n    EOT\n  "
                if depth > 1 and not self.inline
                else t()
            ),
            lambda: f"indexof([{t()}, {quoted('a')}], {quoted('a')})",
            lambda: f"replace({t()}, {t()}, {quoted('.')})",
            lambda: f"signum({self.number(depth - 1)} - 3)",
            lambda: f"(true ? {t()} : {self.number(depth - 1)})",
            lambda: f"[{t()}, {t()}][{self.truth(depth - 1)} ? 0 : 1]",
            lambda: f"{{a = {t()}, b = {t()}}}[{quoted('b')}]",
            lambda: f"[for x in [{t()}] : [for y in [x] : y]][0][0]",
            lambda: f"[{{n = {{m = {t()}}}}}].0.n.m",
            lambda: f"join({quoted('+')}, [for g, m in {GROUPED} : join({quoted('')}, m)])",
        )
        return pick.choice(forms)()

    def template(self, depth: int) -> str:
        """A text with expressions in it."""
        pick = self.pick
        parts = []
        for _ in range(pick.randint(1, 3)):
            form = pick.randint(0, 5)
            if form <= 1:
                parts.append(
                    pick.choice(("a", "-", "v", "x.y", " ", "$${z}", "%%{q}", "\\n", '\\"', "$", "100%"))
                )
            elif form <= 3:
                parts.append("${" + self.text(depth - 1) + "}")
            elif form == 4:
                parts.append("${~ " + self.text(depth - 1) + " ~}")
            else:
                parts.append("%{ if " + self.truth(depth - 1) + " }yes%{ else }no%{ endif }")
        return '"' + "".join(parts) + '"'

    def number(self, depth: int = 1) -> str:
        """A number."""
        pick = self.pick
        simple = (lambda: str(pick.randint(0, 9)), lambda: self._name("number", lambda: "2"))
        if depth <= 0:
            return pick.choice(simple)()

        def n() -> str:
            return self.number(depth - 1)

        forms: tuple[Callable[[], str], ...] = (
            *simple,
            lambda: f"{n()} {pick.choice('+-*')} {n()}",
            lambda: f"({n()} - {n()}) * {n()}",
            lambda: f"{n()} % {pick.randint(1, 5)}",
            lambda: f"{n()} / {pick.choice((1, 2, 4, 5))}",
            lambda: f"-{n()}",
            lambda: f"length({self.texts(depth - 1)})",
            lambda: f"max({n()}, {n()})",
            lambda: f"min({n()}, {n()})",
            lambda: f"add({n()}, {n()})",
            lambda: f"floor({n()} / 2)",
            lambda: f"ceil({n()} / 2)",
            lambda: f"int({n()} / 2)",
            lambda: f'parseint("{pick.randint(0, 7)}", {pick.choice((8, 10, 16))})',
            lambda: f"absolute(-{n()})",
        )
        return pick.choice(forms)()

    def truth(self, depth: int = 1) -> str:
        """A condition."""
        pick = self.pick
        simple = (lambda: pick.choice(("true", "false")), lambda: self._name("truth", lambda: "true"))
        if depth <= 0:
            return pick.choice(simple)()

        def b() -> str:
            return self.truth(depth - 1)

        forms: tuple[Callable[[], str], ...] = (
            *simple,
            lambda: f"{self.text(depth - 1)} == {self.text(depth - 1)}",
            lambda: f'{self._name("text", lambda: quoted("a"))} == ""',
            lambda: f'{self._name("text", lambda: quoted("a"))} != ""',
            lambda: f"notequal({quoted('')}, {self.text(depth - 1)})",
            lambda: f"equal({self.text(depth - 1)}, {quoted(pick.choice(WORDS))})",
            lambda: f"{self._name('null', lambda: 'null')} == null",
            lambda: f"{b()} && {b()}",
            lambda: f"{b()} || {b()}",
            lambda: f"!{b()}",
            lambda: f"and({b()}, {b()})",
            lambda: f"or({b()}, {b()})",
            lambda: f"not({b()})",
            lambda: f"{self.number(depth - 1)} {pick.choice(SIGNS)} {self.number(depth - 1)}",
            lambda: f"contains({self.texts(depth - 1)}, {self.text(depth - 1)})",
            lambda: f"can({self.texts(depth - 1)}[{pick.randint(0, 2)}])",
            lambda: f'length(regexall("[a-z]+", {self.text(depth - 1)})) > 0',
        )
        return "(" + pick.choice(forms)() + ")"

    def texts(self, depth: int = 2, least: int = 0) -> str:
        """A list of texts."""
        pick = self.pick

        def plain() -> str:
            return "[" + ", ".join(self.text(depth - 1) for _ in range(pick.randint(least, 3))) + "]"

        if depth <= 0 or least:
            return plain()

        def inner() -> str:
            return self.texts(depth - 1)

        forms: tuple[Callable[[], str], ...] = (
            plain,
            plain,
            plain,
            lambda: self._name("list", plain),
            lambda: f"concat({inner()}, {inner()})",
            lambda: f"compact({inner()})",
            lambda: f"distinct({inner()})",
            lambda: f"flatten([{inner()}, [{self.text(depth - 1)}]])",
            lambda: f"sort({inner()})",
            lambda: f"reverselist({inner()})",
            lambda: f"split({quoted(pick.choice((',', '-', '.')))}, {self.text(depth - 1)})",
            lambda: self.loop(depth),
            lambda: f"{self.truth(depth - 1)} ? {inner()} : {inner()}",
            lambda: f'formatlist("%s-{pick.choice(("a", "b"))}", {inner()})',
            lambda: f"keys({self.mapping(depth - 1)})",
            lambda: f"values({self.mapping(depth - 1)})",
            lambda: f'slice(concat({inner()}, ["a", "b"]), 0, {pick.randint(0, 2)})',
            lambda: f"coalescelist({inner()}, [{self.text(depth - 1)}])",
            lambda: f'[for i in range({pick.randint(0, 3)}) : "n${{i}}"]',
            lambda: f"[{{k = {self.text(depth - 1)}}}, {{k = {self.text(depth - 1)}}}][*].k",
            lambda: f"setunion({inner()}, {inner()})",
            lambda: f"jsondecode(jsonencode({inner()}))",
            lambda: f'[for p in setproduct(["a", "b"], {inner()}) : join("-", p)]',
            lambda: f'chunklist(concat({inner()}, ["q"]), 2)[0]',
        )
        return pick.choice(forms)()

    def loop(self, depth: int) -> str:
        """A list made by ``for``."""
        pick = self.pick
        form = pick.randint(0, 3)
        source = self.texts(depth - 1)
        if form == 0:
            return f'[for t in {source} : "{pick.choice(HOSTS)}/${{t}}"]'
        if form == 1:
            return f'[for i, t in {source} : "${{i}}-${{t}}"]'
        if form == 2:
            return f'[for t in {source} : t if t != ""]'
        return f'[for k, v in {self.mapping(depth - 1)} : "${{k}}=${{v}}"]'

    def mapping(self, depth: int = 1, keys: tuple[str, ...] = ()) -> str:
        """A mapping of texts."""
        pick = self.pick
        named = keys or tuple(key for key in ("a", "b", "c") if pick.random() < 0.6)
        plain = "{" + ", ".join(f"{key} = {self.text(depth - 1)}" for key in named) + "}"
        if depth <= 0 or keys or pick.random() < 0.5:
            return plain
        forms: tuple[Callable[[], str], ...] = (
            lambda: self._name("map", lambda: plain),
            lambda: f"merge({plain}, {self.mapping(depth - 1)})",
            lambda: f'zipmap(["a", "b"], [{self.text(depth - 1)}, {self.text(depth - 1)}])',
            lambda: '{for k in ["a", "b"] : k => "${k}1"}',
        )
        return pick.choice(forms)()

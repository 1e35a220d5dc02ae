"""Whether two versions of a file are the same program."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wholeship.review.evidence.content import same_code
from wholeship.review.evidence.syntax import (
    examples,
    new_constants,
    same_program,
    with_tests_of,
    without_tests,
)

SAME = {
    "a comment at the end of a line": ("a.go", "package a\n\nvar x = 1 // one\n", "package a\n\nvar x = 1\n"),
    "a block comment": (
        "a.go",
        "package a\n\n/* one */\nvar x = 1\n",
        "package a\n\n/* two\n*/\nvar x = 1\n",
    ),
    "patterns in words": ("a.go", "package a\n", 'package a\n\n// All of "*/*" and "a/*", e.g. a.\n'),
    "patterns in the words of a script": ("a.js", "f()", '// all of "*/*": a, b\nf()'),
    "layout of a value of several": (
        "a.go",
        "package a\n\nvar x = T{\n\ta:   1,\n}\n",
        "package a\n\nvar x = T{\n\ta: 1, // one\n}\n",
    ),
    "words in a function without a name": (
        "a.go",
        "package a\n\nvar f = func() {\n\t// one\n\tg()\n}\n",
        "package a\n\nvar f = func() {\n\tg() // two\n}\n",
    ),
    "an order to a linter": ("a.go", "package a\n\nvar x = f()\n", "package a\n\nvar x = f() //nolint:all\n"),
    "what a formatter does": ("a.js", "f( a,b )", "f(\n  a,\n  b\n)"),
    "words about a type": ("a.ts", "/** One. */\nlet a = 1", "/** Two. */\nlet a = 1"),
    "the words of a Rust item": ("a.rs", "/// One.\nfn a() {}", "/// Two.\nfn a() {}"),
    "where the pages of a crate are": (
        "a.rs",
        '#![doc(html_root_url = "https://a/1")]\nfn a() {}',
        '#![doc(html_root_url = "https://a/2")]\nfn a() {}',
    ),
    "words about a class": ("A.java", "/** One. */ class A {}", "/** Two. */\nclass A {\n}"),
}
DIFFERENT = {
    "a number": ("a.go", "package a\n\nvar x = 1\n", "package a\n\nvar x = 2\n"),
    "an operator": ("a.go", "package a\n\nvar x = a - b*c\n", "package a\n\nvar x = (a - b) * c\n"),
    "when it is built": ("a.go", "package a\n", "//go:build never\n\npackage a\n"),
    "when it is built, in the old way": ("a.go", "package a\n", "// +build never\n\npackage a\n"),
    "another function for a name": (
        "a.go",
        "package a\n\nfunc f()\n",
        "package a\n\n//go:linkname f runtime.g\nfunc f()\n",
    ),
    "what is put in": (
        "a.go",
        "package a\n\n//go:embed a\nvar x string\n",
        "package a\n\n//go:embed b\nvar x string\n",
    ),
    "C before its import": (
        "a.go",
        'package a\n\n// int f() { return 1; }\nimport "C"\n',
        'package a\n\n// int f() { return 2; }\nimport "C"\n',
    ),
    "C among other imports": (
        "a.go",
        'package a\n\nimport (\n\t// int f() { return 1; }\n\t"C"\n)\n',
        'package a\n\nimport (\n\t// int f() { return 2; }\n\t"C"\n)\n',
    ),
    "words that become a message": (
        "a.rs",
        "use displaydoc::Display;\n/// one\nstruct A;",
        "use displaydoc::Display;\n/// two\nstruct A;",
    ),
    "a comment that ends where none began": ("a.js", "f()", "// */ g();\nf()"),
    "a comment that ends, and a call in it": ("a.go", "package a\n", "package a\n\n// a */ g()\n"),
    "a comment that ends, and a value in it": ("a.rs", "fn a() {}", "// a */ x = 1\nfn a() {}"),
    "a value among several": (
        "a.go",
        "package a\n\nvar x = T{a: 1, b: 2}\n",
        "package a\n\nvar x = T{a: 2, b: 1}\n",
    ),
    "a statement in a function without a name": (
        "a.go",
        "package a\n\nvar f = func() { g(); h() }\n",
        "package a\n\nvar f = func() { h(); g() }\n",
    ),
    "code that a comment switches": ("a.js", "// #if A\nf()\n// #endif", "// #if B\nf()\n// #endif"),
    "another order of imports": (
        "a.go",
        'package a\n\nimport (\n\t_ "b"\n\t_ "c"\n)\n',
        'package a\n\nimport (\n\t_ "c"\n\t_ "b"\n)\n',
    ),
    "spaces in a text": ("a.go", "package a\n\nvar x = `a b`\n", "package a\n\nvar x = `a  b`\n"),
    "a statement that is a comment now": (
        "a.go",
        "package a\n\nfunc f() {\n\tg()\n}\n",
        "package a\n\nfunc f() {\n\t// g()\n}\n",
    ),
    "a line that ends a return": ("a.js", "function f() { return 1 }", "function f() { return\n1 }"),
    "a comment of lines that ends a return": (
        "a.js",
        "function f() { return /* */ 1 }",
        "function f() { return /*\n*/ 1 }",
    ),
    "a line before a sign": ("a.js", "i\n++\nj", "i++\nj"),
    "a statement that ends, and a call": ("a.js", "let a = b\n(c)", "let a = b;\n(c)"),
    "spaces in a template": ("a.js", "a = `x ${ b } `", "a = `x ${ b }  `"),
    "spaces of a page": ("a.jsx", "let a = <a> {x} </a>", "let a = <a>{x}</a>"),
    "strict no more": ("a.js", "'use strict'\nf()", "f()"),
    "kept whatever a packer thinks": ("a.js", "let a = f()", "let a = /*#__PURE__*/ f()"),
    "types that nobody checks": ("a.ts", "let a = 1", "// @ts-nocheck\nlet a = 1"),
    "another type": ("a.ts", "let a: number = f()", "let a: string = f()"),
    "a decorator": ("a.ts", "@a() class B {}", "@a(1) class B {}"),
    "another derived trait": ("a.rs", "#[derive(Ord)]\nstruct A;", "#[derive(Eq)]\nstruct A;"),
    "compiled when": ("a.rs", "#[cfg(unix)]\nfn a() {}", "#[cfg(windows)]\nfn a() {}"),
    "a lint that is off": ("a.rs", "fn a() {}", "#![allow(unused)]\nfn a() {}"),
    "an annotation": ("A.java", "class A { @B void c() {} }", "class A { void c() {} }"),
    "a comment that ends by an escape": (
        "A.java",
        "class A { /* a */ }",
        "class A { /* \\u002a/ int b; /* */ }",
    ),
}


@pytest.mark.parametrize("case", SAME.values(), ids=SAME.keys())
def test_layout_and_comments_alone_are_the_same_program(case: tuple[str, str, str]) -> None:
    """What a formatter, or a writer of words, changes is the same program."""
    path, before, now = case
    assert same_program(path, before.encode(), now.encode()) is True


@pytest.mark.parametrize("case", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_whatever_a_compiler_sees_is_another_program(case: tuple[str, str, str]) -> None:
    """Words, signs, orders in comments, line ends that end a statement, spaces within texts: all count."""
    path, before, now = case
    assert same_program(path, before.encode(), now.encode()) is False
    assert same_program(path, now.encode(), before.encode()) is False


WAYS: dict[str, Callable[[str], str]] = {
    "Windows line ends": lambda text: text.replace("\n", "\r\n"),
    "spaces at the ends of lines": lambda text: text.replace("\n", " \n") if "`" not in text else text,
    "no end of the last line": lambda text: text.rstrip("\n"),
    "more after it": lambda text: f"{text}\n\n",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("case", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_no_layout_hides_another_program(case: tuple[str, str, str], way: Callable[[str], str]) -> None:
    """Line ends and spaces, on either side, never make two programs one."""
    path, before, now = case
    for one, other in ((before, way(now)), (way(before), now), (way(before), way(now))):
        assert same_program(path, one.encode(), other.encode()) is not True


@pytest.mark.parametrize("path", ["a.c", "a.py", "a", "a.go"])
def test_what_cannot_be_read_is_not_decided(path: str) -> None:
    """Without a grammar, or where it finds a mistake, nobody says that it is the same."""
    assert same_program(path, b"x (", b"x ( ") is None


GO = (
    "package a\n\nfunc f(a, b int) int {\n\tif a >= 10 && b != 0 {\n"
    "\t\treturn a/b - 1\n\t}\n\treturn g(a, b)\n}\n"
)
JAVASCRIPT = (
    "export function f(a, b) {\n  if (a >= 10 && b) {\n    return a / b - 1;\n  }\n  return g(a, b);\n}\n"
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([("a.go", GO), ("a.js", JAVASCRIPT)]), st.data())
def test_a_letter_that_counts_is_never_taken_for_layout(case: tuple[str, str], data: st.DataObject) -> None:
    """Take any letter out that is no space, or put one in: it is never called the same program."""
    path, text = case
    place = data.draw(st.integers(0, len(text) - 1).filter(lambda at: not text[at].isspace()))
    instead = data.draw(st.sampled_from(["", "1", "x", "!", "-", "="]))
    changed = text[:place] + instead + text[place + 1 :]
    assert same_program(path, text.encode(), changed.encode()) is not True or changed == text


RUST = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn b() {}\n}\n"


def test_tests_beside_the_code_are_told_apart() -> None:
    """The modules of tests of a Rust file are those with their attribute, and a body."""
    assert without_tests("a.rs", RUST.encode()) == b"fn a() {}\n\n\n"
    for other in ("#[cfg(test)]\nfn a() {}\n", "#[cfg(test)]\nmod tests;\n", "#[cfg(not(test))]\nmod a {}\n"):
        assert without_tests("a.rs", other.encode()) == other.encode()
    assert without_tests("a.go", RUST.encode()) == RUST.encode()
    kept = with_tests_of("a.rs", b"fn a() { c() }\n", RUST.encode())
    assert kept == b"fn a() { c() }\n\n" + RUST.encode()[11:].rstrip() + b"\n"


def test_examples_that_runners_run_are_counted() -> None:
    """Lines of doctests in Python, assertions in the words of Rust items."""
    assert examples("a.py", b"'''\n>>> f()\n1\n'''\n") == 1
    assert examples("a.rs", b"/// assert_eq!(a(), 1);\n//! assert!(b());\n// assert!(c());\n") == 2
    assert examples("a.go", b"// >>> f()\n") == 0


PYTHON_DIFFERENT = {
    "what a script needs": (
        "# /// script\n# dependencies = ['a']\n# ///\nx = 1\n",
        "# /// script\n# dependencies = ['b']\n# ///\nx = 1\n",
    ),
    "a rule of a grammar": ("def p_sum(p):\n    'a : b'\n", "def p_sum(p):\n    'a : c'\n"),
    "words that the program reads": ("'''a'''\nprint(__doc__)\n", "'''b'''\nprint(__doc__)\n"),
    "usage that is parsed": ("'''Usage: a'''\ndocopt(text)\n", "'''Usage: b'''\ndocopt(text)\n"),
    "usage that another file parses": ("'A. \\nUsage: a'\nx = 1\n", "'A. \\nUsage: b'\nx = 1\n"),
    "the interpreter": ("#!/usr/bin/python3\nx = 1\n", "#!/bin/evil\nx = 1\n"),
    "an order to a compiler": ("# cython: boundscheck=True\nx = 1\n", "# cython: boundscheck=False\nx = 1\n"),
}


@pytest.mark.parametrize("case", PYTHON_DIFFERENT.values(), ids=PYTHON_DIFFERENT.keys())
def test_comments_and_docstrings_that_are_read_are_code(case: tuple[str, str]) -> None:
    """Comments and docstrings by which something is run, compiled or parsed are no mere words."""
    assert not same_code("a.py", *(text.encode() for text in case))


def test_comments_and_docstrings_are_not_the_program() -> None:
    """Words for readers, and orders to linters, leave a Python file the same program."""
    before = b"def f(a):\n    'Old.'\n    return a  # noqa: X\n"
    assert same_code("a.py", before, b"# More.\ndef f(a):\n    '''New.'''\n\n    return (a)\n")


LATER = "from __future__ import annotations\n\n\n"
TYPES = {
    "a parameter": ("def f(a: int):\n    return a\n", "def f(a: int | str):\n    return a\n", True),
    "a method": (
        "class A:\n    def f(self, a):\n        pass\n",
        "class A:\n    def f(self, a: B) -> C:\n        pass\n",
        True,
    ),
    "a decorated function": (
        "@app.get\ndef f(a: int):\n    return a\n",
        "@app.get\ndef f(a: str):\n    return a\n",
        False,
    ),
    "a form of a function": (
        "import typing as t\n@t.overload\ndef f(a: int): ...\n",
        "import typing as t\n@t.overload\ndef f(a: str): ...\n",
        True,
    ),
    "a form by another decorator": (
        "from shop import overload\n@overload\ndef f(a: int): ...\n",
        "from shop import overload\n@overload\ndef f(a: str): ...\n",
        False,
    ),
    "a field": ("class A:\n    a: int = 1\n", "class A:\n    a: str = 1\n", False),
    "a default": ("def f(a: int = 1):\n    return a\n", "def f(a: int = 2):\n    return a\n", False),
    "another parameter": ("def f(a: int):\n    return a\n", "def f(b: int):\n    return a\n", False),
}  # fmt: skip


@pytest.mark.parametrize("case", TYPES.values(), ids=TYPES.keys())
def test_types_of_plain_functions_are_words(case: tuple[str, str, bool]) -> None:
    """Where they are not evaluated, and no decorator sees them: fields, defaults and names are code."""
    before, now, same = case
    assert same_code("a.py", (LATER + before).encode(), (LATER + now).encode(), types=True) is same
    assert not same_code("a.py", before.encode(), now.encode(), types=True)
    assert not same_code("a.py", (LATER + before).encode(), (LATER + now).encode())


BASE_GO = b"package a\n\nconst (\n\tX = iota\n\tY\n)\n\nfunc f() int { return X }\n"
BASE_RUST = b"pub fn f() -> u32 { 3 }\n"


@pytest.mark.parametrize(
    "more", ["// About it.\nconst Standard = Y", "const Limit = 30", 'const Name string = "a"']
)
def test_a_new_constant_changes_nothing(more: str) -> None:
    """A constant of its own, whose name stands nowhere else, leaves the program as it was."""
    told = BASE_GO.replace(b"func", b"// Standard Limit, Name\nfunc")
    assert len(new_constants("a.go", told, told.replace(b"\n//", b"\n" + more.encode() + b"\n\n//"))) == 1
    now = BASE_GO.replace(b"\nfunc", b"\n" + more.encode() + b"\n\nfunc")
    assert len(new_constants("a.go", BASE_GO, now)) == 1
    assert new_constants("a.rs", BASE_RUST, b"/// Most.\npub const MAX_LEN: u32 = 30;\n" + BASE_RUST) == {
        "MAX_LEN"
    }


@pytest.mark.parametrize(
    "more",
    [
        *(
            "const len = 3",
            "const true = false",
            "const Standard = f()",
            "var Standard = Y",
            "const Next = iota",
        ),
        *("func G() {}", "const Standard = Y\n\nvar q = Standard", "const _ = 3", "const Sum = Y + 1"),
        *("const A2, B2 = 1, 2", 'const Init = len("a")', "//go:linkname x y\nconst Z2 = 1", "type Y2 = int"),
        *("const Standard = Y\n\nfunc init() {}", "const X = 1", "const (\n\tP = iota\n\tQ\n)"),
    ],
)
def test_what_is_more_than_a_constant_is_none(more: str) -> None:
    """Names of the language, calls, sums, variables, orders, uses of it, several names: each is a change."""
    now = BASE_GO.replace(b"\nfunc", b"\n" + more.encode() + b"\n\nfunc")
    assert not new_constants("a.go", BASE_GO, now)


@pytest.mark.parametrize("new", ["\tNew\n\tY\n", "\tNew = 5\n\tY\n", "\tY\n\tNew\n"])
def test_a_constant_among_counted_ones_is_no_new_one(new: str) -> None:
    """In a group that counts, one more can shift the others."""
    assert not new_constants("a.go", BASE_GO, BASE_GO.replace(b"\tY\n", new.encode()))


@pytest.mark.parametrize(
    "more",
    [
        *("pub const M1: u32 = f();", "#[no_mangle]\npub const M1: u32 = 3;", "pub static M1: u32 = 3;"),
        *("pub const M1: u32 = { 3 };", "const _: () = panic!();", "pub const low: u32 = 1;"),
        *(
            "pub const M1: u32 = 3; impl X {}",
            'pub const M1: u32 = include!("x");',
            "macro_rules! M { () => {} }",
        ),
        *("pub const M1: u32 = 1 + 2;", "mod m { pub const M1: u32 = 1; }"),
    ],
)
def test_what_is_more_than_a_constant_in_rust_is_none(more: str) -> None:
    """Calls, attributes, blocks, statics, macros and modules are changes."""
    assert not new_constants("a.rs", BASE_RUST, more.encode() + b"\n" + BASE_RUST)

"""Ways to write the same in Python, and what only looks like one."""

from __future__ import annotations

import pytest

from wholeship.review.evidence.content import same_code
from wholeship.review.evidence.rewritten import only_gives_out

RETURNED = {
    "a comparison": ("if a > 3:\n  return True\n return False", "return a > 3", True),
    "a comparison, and else": ("if a > 3:\n  return True\n else:\n  return False", "return a > 3", True),
    "the opposite of anything": ("if a and b:\n  return False\n return True", "return not (a and b)", True),
    "a limit beside": ("if a >= 3:\n  return True\n return False", "return a > 3", False),
    "the opposite of a comparison": ("if a > 3:\n  return False\n return True", "return a > 3", False),
    "what may be anything": ("if a and b:\n  return True\n return False", "return a and b", False),
    "twice the same": ("if a > 3:\n  return True\n return True", "return a > 3", False),
    "one that is a number": ("if a > 3:\n  return 1\n return 0", "return a > 3", False),
    "something between": ("if a > 3:\n  return True\n b()\n return False", "return a > 3", False),
}  # fmt: skip


@pytest.mark.parametrize("case", RETURNED.values(), ids=RETURNED.keys())
def test_a_comparison_that_is_returned_is_the_same_program(case: tuple[str, str, bool]) -> None:
    """True by a comparison, and else False, is the comparison; what is no comparison may be anything."""
    before, now, same = case
    assert same_code("a.py", *(f"def f(a, b):\n {text}\n".encode() for text in (before, now))) is same


NAMED = {
    "before a calculation": ("return g(a) * b", "x = g(a)\n return x * b", True),
    "before a comparison": ("return a.b > 3", "x = a\n y = x.b\n return y > 3", True),
    "what is kept": ("c = g(a)[b]\n return c + c", "x = g(a)\n c = x[b]\n return c + c", True),
    "after another call": ("return g(a) * g(b)", "x = g(b)\n return g(a) * x", False),
    "what may not be asked for": ("return a and g(b)", "x = g(b)\n return a and x", False),
    "what is asked for again": ("return g(a) + g(a)", "x = g(a)\n return x + x", False),
    "what is asked for once": ("return [g(a) for _ in b]", "x = g(a)\n return [x for _ in b]", False),
    "a statement between": ("b()\n return g(a) * 2", "x = g(a)\n b()\n return x * 2", False),
    "known outside": ("return g(a) * b", "global x\n x = g(a)\n return x * b", False),
    "read by its name": ("return g(a)(locals())", "x = g(a)\n return x(locals())", False),
    "another value": ("return g(a) * b", "x = g(b)\n return x * b", False),
    "a parameter": ("return g(a) * b", "a = g(a)\n return a * b", False),
    "in a function within": ("return g(a) * b", "x = g(a)\n return (lambda: x)() * b", False),
    "taken off": ("a -= g(b)", "x = g(b)\n a -= x", False),
}


@pytest.mark.parametrize("case", NAMED.values(), ids=NAMED.keys())
def test_a_name_for_what_comes_first_changes_nothing(case: tuple[str, str, bool]) -> None:
    """Where the next statement begins with it, and nothing else has it: else it may be another program."""
    before, now, same = case
    assert same_code("a.py", *(f"def f(a, b):\n {text}\n".encode() for text in (before, now))) is same


def test_a_name_of_a_module_is_known() -> None:
    """Outside of functions others can ask for a name."""
    assert not same_code("a.py", b"print(g() * 2)\n", b"x = g()\nprint(x * 2)\n")
    inner = b"def f():\n class A:\n  %s"
    assert not same_code("a.py", inner % b"y = g() * 2\n", inner % b"x = g()\n  y = x * 2\n")
    assert not same_code("a.py", b"class A:\n y = g() * 2\n", b"class A:\n x = g()\n y = x * 2\n")


GIVEN = "__all__ = [%s]\n\n\ndef one(): ...\n\n\ndef two(): ...\n"


@pytest.mark.parametrize(
    ("old", "new", "had", "alone"),
    [
        ("'one'", "'one', 'two'", "def one(): ...", True),
        ("'one'", "'one', 'two'", "def one(): ...\ndef two(): ...", False),
        ("'one', 'two'", "'one'", "def one(): ...", False),
        ("'one'", "'two'", "def one(): ...", False),
        ("'one'", "'one', 'three'", "def one(): ...", False),
        ("'one'", "'one', two", "def one(): ...", False),
    ],
)
def test_a_new_name_that_is_given_out_takes_nothing_from_others(
    old: str, new: str, had: str, alone: bool
) -> None:
    """In ``__all__`` a name more, of what came with the change; not one less, nor of what was kept back."""
    assert only_gives_out((GIVEN % old).encode(), (GIVEN % new).encode(), had.encode()) is alone


def test_what_is_given_out_and_more_is_more() -> None:
    """Any other difference counts."""
    now = (GIVEN % "'one', 'two'").replace("two(): ...", "two(): one()")
    assert not only_gives_out((GIVEN % "'one'").encode(), now.encode(), b"def one(): ...")

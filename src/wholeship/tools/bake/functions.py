"""The functions that bake offers in HCL, on values that may be known only in part.

go-cty's standard library, and buildx ``bake/hclparser/stdlib.go`` for the names. A function gives back a
value, raises :class:`Refused` where buildx would stop, or :class:`NotKnown`: what is not modelled here is
unknown, never a text.
"""

from __future__ import annotations

import base64
import hashlib
import math
import operator
import posixpath
import re
import urllib.parse
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import product

from wholeship.core.patterns import lazy_pattern
from wholeship.texts.template import EMPTY, Kind, Template
from wholeship.tools.bake import syntax
from wholeship.tools.bake.formats import format_text
from wholeship.tools.bake.json_values import from_json, to_json
from wholeship.tools.bake.values import (
    Data,
    Members,
    NotKnown,
    Refused,
    Unknown,
    all_known,
    equal_data,
    filled,
    is_list,
    literal,
    mapping,
    same_type,
    to_bool,
    to_int,
    to_list,
    to_map,
    to_number,
    to_text,
)
from wholeship.tools.bake.versions import satisfies

Arguments = list[Data]

MOST_BITS = 240
"""Numbers with more bits than this are left to go-cty's rounding."""
MOST_LETTERS = 100_000
"""Longer texts, and lists with more items, are not made: they are not known."""

KINDS = {"timestamp": Kind.CLOCK, "uuidv4": Kind.RANDOM, "bcrypt": Kind.RANDOM, "homedir": Kind.RUNNER}
"""Functions whose value no argument decides, and what it is made from."""


def apply(name: str, arguments: Arguments) -> Data:
    """The value of the function *name*; raises Refused or NotKnown."""
    found = _FUNCTIONS.get(name)
    if found is None:
        raise NotKnown
    function, least, most = found
    if len(arguments) < least or len(arguments) > most:
        raise Refused(f"{name}() does not take {len(arguments)} arguments")
    if name not in _NULLS and None in arguments:
        raise Refused(f"an argument of {name}() is null")
    return function(*arguments)


def calculate(sign: str, one: Fraction, other: Fraction) -> Data:
    """An operator between two numbers."""
    if sign in ("/", "%") and other == 0:
        raise NotKnown  # go-cty has infinities here
    if (
        sign in ("*", "/", "%")
        and one * other <= 0
        and min(one, other) < 0
        and (one == 0 or other == 0 or sign == "%")
    ):
        raise NotKnown  # and a negative nothing here
    if max(one.numerator.bit_length(), other.numerator.bit_length()) > MOST_BITS:
        raise NotKnown  # and 512 bits
    return _OPERATORS[sign](one, other)


_OPERATORS: dict[str, Callable[[Fraction, Fraction], Data]] = {
    **{"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv},
    "%": lambda one, other: one - other * math.trunc(one / other),
    **{"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge},
}


def negated(value: Data) -> Data:
    """A number with the other sign; go-cty has a negative nothing."""
    number = to_number(value)
    if number == 0:
        raise NotKnown
    return -number


# Types


def read_type(node: syntax.Node) -> syntax.Node:
    """A type constraint; in a JSON file it is a text."""
    if isinstance(node, syntax.Literal) and isinstance(node.value, str):
        try:
            return syntax.read_expression(node.value)
        except syntax.NotHcl as error:
            raise Refused(f"{node.value!r} is no type") from error
    return node


def convert(value: Data, kind: syntax.Node) -> Data:
    """*value* as the type *kind*; raises Refused or NotKnown."""
    if value is None:
        return None
    match kind:
        case syntax.Name("any"):
            return value
        case syntax.Name("string"):
            return to_text(value)
        case syntax.Name("number"):
            return to_number(value)
        case syntax.Name("bool"):
            return to_bool(value)
        case syntax.FunctionCall("list", (inner,)):
            return same_type(tuple(convert(item, inner) for item in to_list(value)))
        case syntax.FunctionCall("set", (inner,)):
            return _set(convert(item, inner) for item in to_list(value))
        case syntax.FunctionCall("map", (inner,)):
            return {key: convert(item, inner) for key, item in to_map(value).items()}
        case syntax.FunctionCall("tuple", (syntax.Items(kinds),)):
            items = to_list(value)
            if len(items) != len(kinds):
                raise Refused(f"{len(kinds)} items are needed")
            return tuple(convert(item, inner) for item, inner in zip(items, kinds, strict=True))
        case syntax.FunctionCall("object", (syntax.Pairs(pairs),)):
            return _object(to_map(value), pairs)
    raise Refused("there is no such type")


def _object(given: dict[str, Data], pairs: tuple[tuple[syntax.Node, syntax.Node], ...]) -> Data:
    made: dict[str, Data] = {}
    for key, kind in pairs:
        name = str(key.value) if isinstance(key, syntax.Literal) else ""
        optional = isinstance(kind, syntax.FunctionCall) and kind.name == "optional"
        inner = kind.arguments[0] if isinstance(kind, syntax.FunctionCall) and optional else kind
        if name in given:
            made[name] = convert(given[name], inner)
        elif optional and isinstance(kind, syntax.FunctionCall) and len(kind.arguments) == 1:
            made[name] = None
        else:
            raise Refused(f"{name} is missing")
    return mapping(made.items())


def is_simple(kind: syntax.Node) -> bool:
    """Whether *kind* is text, number or truth value."""
    return isinstance(kind, syntax.Name) and kind.name in ("string", "number", "bool")


# Texts


def _each_part(how: str, change: Callable[[str], str]) -> Callable[[Data], Data]:
    """A function that works letter by letter, so that the known part of a text is changed."""

    def function(value: Data) -> Data:
        text = to_text(value)
        for part in text.parts:
            if isinstance(part, str) and not part.isascii():
                raise NotKnown
        return Template.of(*(Template.of(part).derive(how, change) for part in text.parts))

    return function


def _replace(value: Data, old: Data, new: Data) -> Data:
    text, gone, put = literal(value), literal(old), literal(new)
    _bounded(len(text) + text.count(gone) * len(put))
    return Template.of(text.replace(gone, put))


def _bounded(size: int) -> None:
    """Raise NotKnown where a value of *size* is not made."""
    if size > MOST_LETTERS:
        raise NotKnown


def _trim_prefix(value: Data, prefix: Data) -> Data:
    text, start = to_text(value), literal(prefix)
    if text.literal is None and len(text.head) < len(start) and start.startswith(text.head):
        raise NotKnown
    return Template.of(text.head.removeprefix(start), *text.parts[bool(text.head) :])


def _trim_suffix(value: Data, suffix: Data) -> Data:
    text, end = to_text(value), literal(suffix)
    if text.literal is None and len(text.tail) < len(end) and end.endswith(text.tail):
        raise NotKnown
    return Template.of(*text.parts[: len(text.parts) - bool(text.tail)], text.tail.removesuffix(end))


def _substr(value: Data, offset: Data, length: Data) -> Data:
    text, start, count = to_text(value), to_int(offset), to_int(length)
    if text.literal is None:
        if start >= 0 and count >= 0 and text.head.isascii() and len(text.head) >= start + count:
            return Template.of(text.head[start : start + count])
        raise NotKnown
    known_text = _ascii(text)
    if start >= 0 and count == 0:
        return EMPTY
    if start < 0:
        start = max(start + len(known_text), 0)
    rest = known_text[start:]
    # A length of nothing behind a negative offset takes the rest: go-cty looks for the end after each letter.
    return Template.of(rest if count <= 0 else rest[:count])


def _ascii(value: Data) -> str:
    text = literal(value)
    if not text.isascii():
        raise NotKnown
    return text


def _split(separator: Data, value: Data) -> Data:
    text, between = literal(value), literal(separator)
    return tuple(map(Template.of, text.split(between) if between else list(text)))


def _join(separator: Data, *lists: Data) -> Data:
    between = to_text(separator)
    items = [to_text(item) for each in lists for item in to_list(each)]
    return Template.of(
        *(part for at, item in enumerate(items) for part in ((between,) if at else ()) + (item,))
    )


def _title(value: Data) -> Data:
    return Template.of(re.sub(r"(?<!\w)[a-z]", lambda m: m[0].upper(), _ascii(value)))


def _base_name(value: Data) -> Data:
    text = literal(value)
    return Template.of(posixpath.basename(text.rstrip("/")) or ("/" if text else "."))


def _dir_name(value: Data) -> Data:
    found = posixpath.normpath(
        literal(value).rpartition("/")[0] or ("/" if literal(value)[:1] == "/" else ".")
    )
    return Template.of("/" if found == "//" else found)


def _digest(name: str) -> Callable[[Data], Data]:
    def function(value: Data) -> Data:
        return Template.of(hashlib.new(name, literal(value).encode()).hexdigest())

    return function


def _decoded(value: Data) -> Data:
    try:
        return Template.of(base64.b64decode(literal(value), validate=True).decode())
    except ValueError as error:
        raise Refused("the text is not base64") from error


def _indent(spaces: Data, value: Data) -> Data:
    return _replace(value, Template.of("\n"), Template.of("\n" + " " * min(to_int(spaces), MOST_LETTERS)))


def _parse_int(value: Data, base: Data) -> Data:
    try:
        return Fraction(int(literal(value), to_int(base)))
    except ValueError as error:
        raise Refused("the text is no number") from error


def _csv_rows(value: Data) -> Data:
    """A mapping for each row, by the names in the first."""
    text = literal(value)
    if '"' in text or "\r" in text:
        raise NotKnown
    head, *rows = [line.split(",") for line in text.split("\n") if line] or [[]]
    if not head or len(set(head)) < len(head) or any(len(row) != len(head) for row in rows):
        raise Refused("the text is no table")
    return tuple(mapping(zip(head, map(Template.of, row), strict=True)) for row in rows)


# Regular expressions: Go's are RE2


def _pattern(value: Data) -> re.Pattern[str]:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        found: re.Pattern[str] = re2.compile(literal(value), options)
    except re2.error as error:
        raise Refused(f"{literal(value)!r} is no pattern") from error
    return found


def _matched(found: re.Match[str], pattern: re.Pattern[str]) -> Data:
    if not pattern.groups:
        return Template.of(found[0])
    groups = [None if each is None else Template.of(each) for each in found.groups()]
    if not pattern.groupindex:
        return tuple(groups)
    if len(pattern.groupindex) != pattern.groups:
        raise Refused("named and nameless groups in one pattern")
    return mapping((name, groups[at - 1]) for name, at in pattern.groupindex.items())


def _regex(pattern: Data, value: Data) -> Data:
    compiled = _pattern(pattern)
    found = compiled.search(literal(value))
    if not found:
        raise Refused("the pattern does not match")
    return _matched(found, compiled)


def _regex_all(pattern: Data, value: Data) -> Data:
    compiled = _pattern(pattern)
    return tuple(_matched(found, compiled) for found in compiled.finditer(literal(value)))


def _regex_replace(value: Data, pattern: Data, new: Data) -> Data:
    compiled, template = _pattern(pattern), literal(new)
    _bounded((1 + len(literal(value))) * (1 + len(template)))

    def group(found: re.Match[str], name: str) -> str:
        if name.isdigit():
            return (found[int(name)] or "") if int(name) <= compiled.groups else ""
        return (found[name] or "") if name in compiled.groupindex else ""

    def replaced(found: re.Match[str]) -> str:
        return _DOLLAR.sub(lambda m: "$" if m[0] == "$$" else group(found, m[1] or m[2]), template)

    return Template.of(compiled.sub(replaced, literal(value)))


_DOLLAR = lazy_pattern(r"\$(?:\$|\{(\w+)\}|(\w+))", re.ASCII)


def _format(template: Data, *arguments: Data) -> Data:
    return format_text(literal(template), arguments)


def _shaped(*values: Data) -> None:
    """Raise NotKnown where one of *values* may be a list, a text or null."""
    if any(isinstance(value, Unknown) for value in values):
        raise NotKnown


def _format_list(template: Data, *arguments: Data) -> Data:
    _shaped(*arguments)
    lists = [to_list(each) for each in arguments if is_list(each)]
    lengths = {len(each) for each in lists}
    if len(lengths) > 1:
        raise Refused("formatlist() of lists that are not equally long")
    rounds = range(lengths.pop() if lengths else 1)
    return tuple(
        format_text(literal(template), tuple(to_list(a)[at] if is_list(a) else a for a in arguments))
        for at in rounds
    )


# Lists and mappings


def _known(value: Data) -> Data:
    if not all_known(value):
        raise NotKnown
    return value


def _set(items: Iterable[Data]) -> Members:
    """A set of simple values; go-cty sorts texts by their bytes, numbers by size."""
    found = same_type(tuple(items))
    for item in found:
        _known(item)
    texts = [item for item in found if isinstance(item, Template)]
    numbers = [item for item in found if isinstance(item, Fraction)]
    if len(texts) == len(found):
        return Members(tuple(sorted(dict.fromkeys(texts), key=lambda text: str(text).encode())))
    if len(numbers) == len(found):
        return Members(tuple(sorted(dict.fromkeys(numbers))))
    raise NotKnown


def _length(value: Data) -> Data:
    return Fraction(len(to_map(value) if isinstance(value, dict) else to_list(value)))


def _distinct(value: Data) -> Data:
    kept: list[Data] = []
    for item in same_type(to_list(value)):
        if not any(equal_data(item, other) for other in kept):
            kept.append(item)
    return tuple(kept)


def _compact(value: Data) -> Data:
    kept: list[Data] = []
    for item in to_list(value):
        if item is None:
            continue
        text = to_text(item)
        if text.parts and not filled(text):
            raise NotKnown  # a text that may be empty
        kept += [text] if text.parts else []
    return tuple(kept)


def _flatten(value: Data) -> Data:
    found: list[Data] = []
    for item in to_list(value):
        _shaped(item)
        found += to_list(_flatten(item)) if is_list(item) else [item]
    return tuple(found)


def _concat(*lists: Data) -> Data:
    if any(isinstance(each, Members) for each in lists):
        raise Refused("concat() of a set")
    return tuple(item for each in lists for item in to_list(each))


def _coalesce(*values: Data) -> Data:
    _shaped(*values)
    found = next((value for value in values if value is not None), None)
    if found is None:
        raise Refused("every argument of coalesce() is null")
    texts = any(isinstance(value, Template) for value in values)
    return to_text(found) if texts and isinstance(found, Fraction | bool) else found


def _coalesce_list(*values: Data) -> Data:
    if any(isinstance(each, Members) for each in values):
        raise Refused("coalescelist() of a set")
    found = next((value for value in values if value is not None and to_list(value)), None)
    if found is None:
        raise Refused("every argument of coalescelist() is empty")
    return found


def _element(value: Data, at: Data) -> Data:
    items = to_list(value)
    if not items:
        raise Refused("element() of an empty list")
    return items[to_int(at) % len(items)]


def _index(value: Data, key: Data) -> Data:
    if isinstance(value, dict):
        raise Refused("index() is for lists") if not isinstance(key, Template) else NotKnown
    items, at = to_list(value), to_int(key)
    if not isinstance(key, Fraction) or not 0 <= at < len(items):
        raise Refused("there is no such item")
    return items[at]


def _index_of(value: Data, wanted: Data) -> Data:
    for at, item in enumerate(to_list(value)):
        if equal_data(item, wanted):
            return Fraction(at)
    raise Refused("there is no such item")


def _has_index(value: Data, key: Data) -> Data:
    if isinstance(value, dict):
        raise NotKnown
    items = to_list(value)
    return isinstance(key, Fraction) and key.denominator == 1 and 0 <= key < len(items)


def _contains(value: Data, wanted: Data) -> Data:
    answers = [equal_data(item, wanted) for item in to_list(value)]
    return True in answers


def _slice(value: Data, start: Data, end: Data) -> Data:
    items, first, last = to_list(value), to_int(start), to_int(end)
    if not 0 <= first <= last <= len(items):
        raise Refused("slice() goes past the list")
    return items[first:last]


def _chunks(value: Data, size: Data) -> Data:
    items, count = same_type(to_list(value)), to_int(size)
    if count < 0:
        raise Refused("chunklist() of a negative size")
    if not items:
        return ()
    return tuple(items[at : at + count] for at in range(0, len(items), count)) if count else (items,)


def _range(*values: Data) -> Data:
    numbers = [to_number(value) for value in values]
    start, end = (Fraction(0), numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
    step = numbers[2] if len(numbers) == 3 else Fraction(-1 if end < start else 1)
    if step == 0 or (end - start) * step < 0:
        raise Refused("range() never ends")
    count = math.ceil((end - start) / step)
    if count > 1024:
        raise Refused("range() of more than 1024 numbers")
    return tuple(start + step * at for at in range(count))


def _sorted(value: Data) -> Data:
    texts = [literal(item) for item in to_list(value)]
    return tuple(map(Template.of, sorted(texts, key=str.encode)))


def _keys(value: Data) -> Data:
    return tuple(map(Template.of, to_map(value)))


def _values(value: Data) -> Data:
    return tuple(to_map(value).values())


def _lookup(value: Data, key: Data, default: Data) -> Data:
    return to_map(value).get(literal(key), default)


def _merge(*maps: Data) -> Data:
    return mapping((key, item) for each in maps if each is not None for key, item in to_map(each).items())


def _zip(keys: Data, values: Data) -> Data:
    names, items = [literal(key) for key in to_list(keys)], to_list(values)
    if len(names) != len(items):
        raise Refused("zipmap() of lists that are not equally long")
    return mapping(zip(names, items, strict=True))


def _product(*lists: Data) -> Data:
    if any(isinstance(each, Members) for each in lists):
        raise NotKnown
    axes = [same_type(to_list(each)) for each in lists]
    _bounded(math.prod(map(len, axes)) * len(axes))
    return tuple(product(*axes))


def _union(*sets: Data) -> Data:
    return _set(item for each in sets for item in to_list(each))


def _intersection(*sets: Data) -> Data:
    first, *others = [_set(to_list(each)).items for each in sets]
    return Members(tuple(item for item in first if all(item in other for other in others)))


def _subtract(one: Data, other: Data) -> Data:
    kept, gone = _set(to_list(one)).items, _set(to_list(other)).items
    return Members(tuple(item for item in kept if item not in gone))


def _difference(one: Data, other: Data) -> Data:
    first, second = _set(to_list(one)).items, _set(to_list(other)).items
    return _set(item for item in (*first, *second) if (item in first) != (item in second))


# Numbers


def _power(one: Data, other: Data) -> Data:
    base, exponent = to_number(one), to_number(other)
    if exponent.denominator != 1 or not 0 <= exponent <= 64:
        raise NotKnown
    found = base**exponent.numerator
    if found.denominator != 1 or abs(found) > 2**53:
        raise NotKnown  # go-cty works in 64-bit floating point here
    return found


def _numbers(name: str) -> Callable[[Data, Data], Data]:
    return lambda one, other: calculate(name, to_number(one), to_number(other))


_Function = Callable[..., Data]
_MANY = 1_000_000

_FUNCTIONS: dict[str, tuple[_Function, int, int]] = {
    "absolute": (lambda a: abs(to_number(a)), 1, 1),
    "add": (_numbers("+"), 2, 2),
    "and": (lambda a, b: to_bool(a) & to_bool(b), 2, 2),
    "base64decode": (_decoded, 1, 1),
    "base64encode": (lambda value: Template.of(base64.b64encode(literal(value).encode()).decode()), 1, 1),
    "basename": (_base_name, 1, 1),
    "ceil": (lambda a: Fraction(math.ceil(to_number(a))), 1, 1),
    "chomp": (lambda value: Template.of(literal(value).rstrip("\r\n")), 1, 1),
    "chunklist": (_chunks, 2, 2),
    "coalesce": (_coalesce, 1, _MANY),
    "coalescelist": (_coalesce_list, 1, _MANY),
    "compact": (_compact, 1, 1),
    "concat": (_concat, 1, _MANY),
    "contains": (_contains, 2, 2),
    "csvdecode": (_csv_rows, 1, 1),
    "dirname": (_dir_name, 1, 1),
    "distinct": (_distinct, 1, 1),
    "divide": (_numbers("/"), 2, 2),
    "element": (_element, 2, 2),
    "equal": (equal_data, 2, 2),
    "flatten": (_flatten, 1, 1),
    "floor": (lambda a: Fraction(math.floor(to_number(a))), 1, 1),
    "format": (_format, 1, _MANY),
    "formatlist": (_format_list, 1, _MANY),
    "greaterthan": (_numbers(">"), 2, 2),
    "greaterthanorequalto": (_numbers(">="), 2, 2),
    "hasindex": (_has_index, 2, 2),
    "indent": (_indent, 2, 2),
    "index": (_index, 2, 2),
    "indexof": (_index_of, 2, 2),
    "int": (lambda a: Fraction(math.trunc(to_number(a))), 1, 1),
    "join": (_join, 2, _MANY),
    "jsondecode": (lambda a: from_json(literal(a)), 1, 1),
    "jsonencode": (lambda a: Template.of(to_json(a)), 1, 1),
    "keys": (_keys, 1, 1),
    "length": (_length, 1, 1),
    "lessthan": (_numbers("<"), 2, 2),
    "lessthanorequalto": (_numbers("<="), 2, 2),
    "lookup": (_lookup, 3, 3),
    "lower": (_each_part("lower", str.lower), 1, 1),
    "max": (lambda *a: max(map(to_number, a)), 1, _MANY),
    "md5": (_digest("md5"), 1, 1),
    "merge": (_merge, 0, _MANY),
    "min": (lambda *a: min(map(to_number, a)), 1, _MANY),
    "modulo": (_numbers("%"), 2, 2),
    "multiply": (_numbers("*"), 2, 2),
    "negate": (negated, 1, 1),
    "not": (lambda a: not to_bool(a), 1, 1),
    "notequal": (lambda a, b: not equal_data(a, b), 2, 2),
    "or": (lambda a, b: to_bool(a) | to_bool(b), 2, 2),
    "parseint": (_parse_int, 2, 2),
    "pow": (_power, 2, 2),
    "range": (_range, 1, 3),
    "regex": (_regex, 2, 2),
    "regex_replace": (_regex_replace, 3, 3),
    "regexall": (_regex_all, 2, 2),
    "replace": (_replace, 3, 3),
    "reverse": (lambda a: Template.of(_ascii(a)[::-1]), 1, 1),
    "reverselist": (lambda value: tuple(reversed(to_list(value))), 1, 1),
    "sanitize": (_each_part("sanitize", lambda t: re.sub(r"[^A-Za-z0-9_-]", "_", t)), 1, 1),
    "semvercmp": (lambda a, b: satisfies(literal(a), literal(b)), 2, 2),
    "sethaselement": (lambda value, wanted: _contains(_set(to_list(value)), wanted), 2, 2),
    "setintersection": (_intersection, 1, _MANY),
    "setproduct": (_product, 2, _MANY),
    "setsubtract": (_subtract, 2, 2),
    "setsymmetricdifference": (_difference, 2, 2),
    "setunion": (_union, 1, _MANY),
    "sha1": (_digest("sha1"), 1, 1),
    "sha256": (_digest("sha256"), 1, 1),
    "sha512": (_digest("sha512"), 1, 1),
    "signum": (lambda a: Fraction((to_number(a) > 0) - (to_number(a) < 0)), 1, 1),
    "slice": (_slice, 3, 3),
    "sort": (_sorted, 1, 1),
    "split": (_split, 2, 2),
    "strlen": (lambda a: Fraction(len(_ascii(a))), 1, 1),
    "substr": (_substr, 3, 3),
    "subtract": (_numbers("-"), 2, 2),
    "title": (_title, 1, 1),
    "trim": (lambda a, b: Template.of(literal(a).strip(literal(b))) if literal(b) else a, 2, 2),
    "trimprefix": (_trim_prefix, 2, 2),
    "trimspace": (lambda a: to_text(a).strip(), 1, 1),
    "trimsuffix": (_trim_suffix, 2, 2),
    "upper": (_each_part("upper", str.upper), 1, 1),
    "urlencode": (lambda a: Template.of(urllib.parse.quote_plus(literal(a), safe="~")), 1, 1),
    "values": (_values, 1, 1),
    "zipmap": (_zip, 2, 2),
}

NAMES = frozenset(_FUNCTIONS) | set(KINDS) | {
    "byteslen", "bytesslice", "can", "cidrhost", "cidrnetmask", "cidrsubnet", "cidrsubnets", "convert",
    "csvdecode", "formatdate", "formattimestamp", "log", "rsadecrypt", "timeadd", "try",
    "unixtimestampparse", "uuidv5",
}  # fmt: skip
"""All that bake offers; those without an entry above are not modelled, and their values not known."""

_NULLS = frozenset(
    {"coalesce", "coalescelist", "equal", "notequal", "format", "formatlist", "jsonencode", "merge"}
)
"""Functions that take null for an argument."""

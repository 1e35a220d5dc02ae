"""Functions whose module is loaded when they are first called: most runs of a command need few of its ways.

A module that uses one names it twice: as an import, for the type checker and for the rules on who imports
whom, and with :func:`late`, as what runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def late(name: str) -> Callable[..., Any]:
    """The function *name* (``package.module:function``), looked up at each call.

    :class:`ImportError` or :class:`AttributeError` then, where there is none.
    """
    module, _, function = name.partition(":")

    def call(*given: Any, **named: Any) -> Any:
        return getattr(import_module(module), function)(*given, **named)

    call.__name__ = call.__qualname__ = function
    call.__doc__ = f"Of {module}, which is loaded when it is called."
    return call


def late_members(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """The ``__getattr__`` of *package* (PEP 562): names of *homes* come from their module when asked for.

    :class:`AttributeError` for any other name.
    """

    def member(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found: object = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return member

"""Every kind of node of the shell's syntax tree, in exactly one list: what is not known is never harmless.

Statements are in ``interpret.STATEMENTS``. A test walks the kinds of the grammar and fails when one is in no
list, so that a new version of the grammar cannot bring a statement that is taken to do nothing.
"""

from __future__ import annotations

_WORDS = """
    word number variable_name special_variable_name raw_string ansi_c_string string string_content
    translated_string simple_expansion expansion command_substitution process_substitution
    arithmetic_expansion concatenation brace_expression extglob_pattern regex test_operator
    heredoc_content
"""
WORDS = frozenset(_WORDS.split())
"""Texts: :mod:`words` says what each can be; what it does not know is a hole."""

_PARTS = """
    elif_clause else_clause case_item command_name file_descriptor file_redirect heredoc_redirect
    herestring_redirect heredoc_start heredoc_body heredoc_end subscript array comment
"""
PARTS = frozenset(_PARTS.split())
"""Read by the statement they belong to."""

_EXPRESSIONS = """
    binary_expression unary_expression postfix_expression parenthesized_expression
    ternary_expression
"""
EXPRESSIONS = frozenset(_EXPRESSIONS.split())
"""Inside tests and arithmetic: :mod:`conditions` and :mod:`arithmetic` answer them, or say "not known"."""

EITHER_WAY = frozenset(("ERROR",))
"""Nobody knows how they end: well or badly, and what stands inside them happens or does not.

So does every kind that is in no list.
"""

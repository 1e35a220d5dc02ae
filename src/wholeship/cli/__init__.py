"""Flags → options → one call → exit code."""

"""Diff → Evidence → Verdict → Gate → Posted."""

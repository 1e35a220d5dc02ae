"""Makefiles, as far as they decide what is published: ``makefile`` is what reads one."""

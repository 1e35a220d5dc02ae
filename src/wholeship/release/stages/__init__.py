"""The stages of a release, one module each; ``table.py`` has them in order."""

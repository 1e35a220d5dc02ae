"""One module per command, named in ``cli/main.py``; each has ``configure(parser)`` and ``run(args)``."""

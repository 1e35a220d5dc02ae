"""The words every other package speaks: values only, no I/O, no policy."""

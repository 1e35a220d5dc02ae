"""One use case a module: what the commands ask, answered."""

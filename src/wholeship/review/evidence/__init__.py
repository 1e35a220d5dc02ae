"""One kind of evidence per file; each says what it looked at, what not, and why."""

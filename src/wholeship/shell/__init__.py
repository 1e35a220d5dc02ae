"""Shell scripts, read as far as they decide what is published."""

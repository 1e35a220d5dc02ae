"""Who signs statements, and who tells whose signature it is. Needs the extra ``attest``."""

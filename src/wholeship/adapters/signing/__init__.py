"""Who signs statements, and who tells whose signature it is. Needs the extra ``attest``.

Heavy libraries stand at the top of the modules here, which are imported when somebody is to sign.
"""

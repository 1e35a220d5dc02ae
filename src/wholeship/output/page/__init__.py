"""One self-contained HTML page for people who would rather look than read.

A page is a value: a heading and a list of parts (:mod:`wholeship.output.page.parts`). Each command
has one small module that turns its report into parts; :func:`render_page` turns parts into one file with
no network, no external font and a content-security policy that would block any.
"""

from wholeship.output.page.render import render_page

__all__ = ["render_page"]

"""What an image is made from: the context as the builder sees it, the Dockerfile, and all it is told.

Two builds with the same inputs are the same image as far as anybody can know before building, so the
second need not run. Whatever cannot be known (a base that cannot be resolved, a download) makes an image
that is built anew: reuse is never a guess.
"""

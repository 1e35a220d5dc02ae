"""A first release file, from what a repository already says about its images.

One module looks at one kind of file and gives sightings; ``draft`` decides what they add up to, and
``writing`` makes a commented file of it. Nothing here opens a file or asks a registry.
"""

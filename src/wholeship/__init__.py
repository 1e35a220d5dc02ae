"""wholeship: ship every image of a container release, or none."""

__version__ = "0.1.0"

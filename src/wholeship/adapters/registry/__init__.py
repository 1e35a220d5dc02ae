"""A client for OCI registries that keeps bytes as they are and never guesses."""

from wholeship.adapters.registry.client import RegistryClient

__all__ = ["RegistryClient"]

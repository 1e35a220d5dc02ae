"""Turns orders into parcels: which products, from which depot, on which route."""

"""Which products belong together, learned from how the catalogue talks about them."""

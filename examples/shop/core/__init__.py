"""What the three services share: the catalogue, money, and words."""

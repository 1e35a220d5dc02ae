"""The vectors make sense; run while the image is built."""

import unittest

from core.catalogue import load

from embeddings import near, train


class Near(unittest.TestCase):
    def test_things_for_the_same_use_are_close(self) -> None:
        """A garden fork is closer to a spade than to a coffee mill."""
        vectors, products = train.read(), load()
        fork, spade, mill = (
            near.embed(products[name].text, vectors)
            for name in ("garden-fork", "garden-spade", "coffee-mill")
        )
        assert near.cosine(fork, spade) > near.cosine(fork, mill)

    def test_unknown_words_are_nothing(self) -> None:
        """Text without a known word is close to nothing."""
        vectors = train.read()
        assert near.cosine(near.embed("qwertz", vectors), near.embed("tea", vectors)) == 0.0


if __name__ == "__main__":
    unittest.main()

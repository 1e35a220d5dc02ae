"""Routes are routes; run while the image is built."""

import unittest

from worker import routes


class Routes(unittest.TestCase):
    def test_a_route_is_never_longer_than_a_detour(self) -> None:
        """No way over a third depot is shorter than the table says."""
        network = routes.roads(40)
        table = [routes.shortest(start, network) for start in range(40)]
        for a in range(40):
            for b in range(40):
                assert table[0][b] <= table[0][a] + table[a][b]

    def test_both_ways_take_the_same_time(self) -> None:
        """Roads have no direction."""
        table = routes.read()
        assert table[3][600] == table[600][3]


if __name__ == "__main__":
    unittest.main()

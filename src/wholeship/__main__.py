"""``python -m wholeship``."""

import sys

from wholeship.cli.main import main

sys.exit(main())

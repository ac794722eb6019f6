"""`python -m fsat_core`."""

import sys

from fsat_core.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""`python -m fsat_core`, which is also the command `fsat`."""

import sys

from fsat_core.cli import main

if __name__ == "__main__":
    sys.exit(main(prog="python -m fsat_core"))

"""`python -m fsat_core`."""

import sys

from fsat_core.cli import main

sys.exit(main())

"""Opens a large data set in a process of its own, whose memory is given back when it ends.

The settings come pickled over its standard input. What is done, and in the end the data set and where its
catalogue lies, or the error, go pickled over its standard output.
"""

import os
import pickle
import sys

from fsat_core.dataset.open import open_here
from fsat_core.errors import FsatError


def main() -> None:
    """Open the data set that the settings say."""
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # for whatever prints by itself

    def tell(*message: object) -> None:
        pickle.dump(message, sink)
        sink.flush()

    try:
        settings = pickle.load(sys.stdin.buffer)  # nosec B301
        dataset, catalogue = open_here(settings, tell)
        tell(dataset.without_table(), catalogue.path)
    except FsatError as error:
        tell(error)


if __name__ == "__main__":
    main()

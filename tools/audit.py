"""Audits the installed packages with pip-audit where its source answers: `python -m tools.audit [OPTION]...`

pip-audit takes a package that its source does not know for one without a fault, and a mirror may know none.
So what the source says of one package is looked at first.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from http.client import HTTPException
from importlib.metadata import version
from urllib.request import urlopen

PROBE = f"https://pypi.org/pypi/pip-audit/{version('pip-audit')}/json"
_PATIENCE_S = 10


def why_not(probe: str = PROBE) -> str:
    """Why the source of advisories cannot be asked; "" if it can.

    Parameters
    ----------
    probe : str
        The address of what it says of one package.
    """
    try:
        with urlopen(probe, timeout=_PATIENCE_S) as response:  # nosec B310  # https, or a server of a test
            answer = json.load(response)
    except (OSError, HTTPException, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return "" if "vulnerabilities" in answer else "it knows no advisories"


def audit(options: Sequence[str] = (), probe: str = PROBE) -> int:
    """The exit status of pip-audit: not 0 for a known fault, 0 where its source cannot be asked.

    Parameters
    ----------
    options : sequence of str
        Of pip-audit, such as `--ignore-vuln ID`.
    probe : str
        As of `why_not`.
    """
    if reason := why_not(probe):
        print(f"pip-audit: packages were not audited, {probe} cannot be asked ({reason}).")
        return 0
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--desc", "off", *options]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(audit(sys.argv[1:]))

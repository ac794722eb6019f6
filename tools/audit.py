"""Audits the installed packages with pip-audit where its source answers: `python -m tools.audit [OPTION]...`

pip-audit ends as if all were well where its source knows no package, as a mirror may: that is said here.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any


def audit(options: Sequence[str] = ()) -> int:
    """The exit status of pip-audit: not 0 for a known fault, 0 where its source cannot be asked.

    Parameters
    ----------
    options : sequence of str
        Of pip-audit, such as `--ignore-vuln ID`.
    """
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run([*command, "--desc", "off", *options], capture_output=True, text=True, check=False)
    answered = _answered(done.stdout)
    if not answered:
        reason = (done.stderr.strip().splitlines() or ["no word"])[-1]
        print(f"pip-audit: packages were not audited, for their source has no answer ({reason}).")
        return 0
    for package in answered:
        for fault in package["vulns"]:
            mended = ", ".join(fault["fix_versions"]) or "no version yet"
            print(f"{package['name']} {package['version']}: {fault['id']}, mended in {mended}")
    return done.returncode


def _answered(printed: str) -> list[dict[str, Any]]:
    """The packages of which the source knew something, by what pip-audit printed."""
    try:
        return [package for package in json.loads(printed)["dependencies"] if "vulns" in package]
    except (ValueError, LookupError, TypeError):
        return []


if __name__ == "__main__":
    sys.exit(audit(sys.argv[1:]))

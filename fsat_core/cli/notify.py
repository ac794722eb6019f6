"""The command notify."""

import argparse

from fsat_core.cli.command import FAILURE, OK, Commands
from fsat_core.cli.output import print_result, warn
from fsat_core.errors import ConfigError
from fsat_core.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add it."""
    commands.add("notify", _notify, "Send a test message to the addresses in FSAT_NOTIFY_URLS")


def _notify(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.notifications import send

    if not settings.notify_urls:
        raise ConfigError(
            "FSAT_NOTIFY_URLS is not set: expected addresses as Apprise has them, such as json://localhost:8000."
        )
    faults = send(settings.notify_urls, "Test", "Runs that have ended will be told of here.")
    for line in faults:
        warn(line)
    print_result(options, {"faults": faults}, "Not delivered" if faults else "Delivered")
    return FAILURE if faults else OK

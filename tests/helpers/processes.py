"""Processes that a test has ended, seen from outside."""

import psutil


def is_gone(process: psutil.Process) -> bool:
    """Whether it runs no more; one that nobody has waited for counts as gone, too."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # between the two questions
        return True

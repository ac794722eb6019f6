"""Errors meant for a person: one line that says what was received, what is expected and how to mend it."""

from fsat_core.text import readable


class FsatError(Exception):
    """Something the user can mend. Its text is one line, shown as it is by pages and commands."""

    def __str__(self) -> str:
        return readable(super().__str__())  # it may name files whose names are no text, or of two lines


class DatasetError(FsatError):
    """A data folder, table or label that cannot be used."""


class AudioError(FsatError):
    """A file that cannot be read as audio."""


class ConfigError(FsatError):
    """A setting that does not exist or cannot have the value it was given."""


class RunError(FsatError):
    """A training run that is unknown, incomplete or in the wrong state for what was asked."""


class AnswerError(RunError):
    """What a network answers for one clip is nothing that can be used."""


class LabelError(FsatError):
    """A label, decision or label set that cannot be used, or a label database that cannot be reached."""


class AccessError(FsatError):
    """What the role of somebody does not allow, or a role that cannot be given."""


class Stopped(Exception):
    """Long work ended early because somebody asked it to; not a fault."""

"""Say what can be wrong with a session file, in one line that tells what to do next."""

from __future__ import annotations

from iontophoresis.errors import IontophoresisError


class RecordError(IontophoresisError):
    """A session file cannot be written, read or used as asked."""


class NotASessionError(RecordError):
    """The file exists, and is no session file."""


class NewerSchemaError(RecordError):
    """The session file was written by a later version of this program."""


class DamagedSessionError(RecordError):
    """The session file's content can no longer be read as what was committed."""


class MessageError(RecordError):
    """A message to the recorder cannot be written as a row."""

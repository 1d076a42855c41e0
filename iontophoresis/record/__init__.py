"""The recorder process, and reading a session file back."""

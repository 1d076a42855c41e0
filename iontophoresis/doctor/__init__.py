"""Tell whether this computer and its source are fit for a session, and keep the answer."""

"""Planning: which current, inside which limits, brings a dose to where it is wanted."""

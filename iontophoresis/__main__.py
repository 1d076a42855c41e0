"""`python -m iontophoresis` is the same as the command `iontophoresis`."""

import sys

from iontophoresis.cli import main

if __name__ == "__main__":
    sys.exit(main())

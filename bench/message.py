"""The one way to say that a wish cannot be met."""

import sys


def refuse(text):
    """One line on stderr, exit status 2."""
    print(f"bench: {text}", file=sys.stderr)
    raise SystemExit(2)

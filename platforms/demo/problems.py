class DemoError(Exception):
    """What was not seen, and where to look; fit to print."""

"""A stand-in for Gosuslugi's sign-in (ЕСИА): nobody's real data are here. Run `python -m sandbox.esia --help`."""

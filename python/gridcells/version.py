"""The version of the package, which is that of the tools."""

__version__ = "0.2.0"

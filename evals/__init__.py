"""Evidence for routing between language models: judged win rates with honest intervals."""

__version__ = "0.1.0"

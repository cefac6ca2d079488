"""One file a format: bytes of a corpus file become a text, or rows of named fields."""

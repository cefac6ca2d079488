"""The commands, one file each. Every module has `register(subparsers)` and imports torch only when run."""

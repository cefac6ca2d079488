"""The command `foresight`: a module for each command."""

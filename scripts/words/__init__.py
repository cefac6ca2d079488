"""Collects the texts of the site for its translators, and compiles what they wrote. Needs no gettext tools."""

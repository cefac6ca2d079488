"""Models by name: found, checked, loaded; tokens as bytes; a compact Llama forward."""

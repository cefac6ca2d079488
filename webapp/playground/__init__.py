"""Try it: a person asks a checkpoint, or any model of this machine, at one context and watches it think."""

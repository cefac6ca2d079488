"""The judge of RLPT runs, audited: a person's verdicts beside its own, and what another judge or rule would flip."""

"""The supervised control: next-token training on the same documents, for the same compute as an RPT run."""

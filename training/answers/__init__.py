"""Problems whose answers can be checked: sets of them, the check, prompts, multiple choice (RLVR, METHODS B8)."""

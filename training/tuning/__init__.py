"""Instruction tuning: supervised training on conversations, the cold start of RLPT (RLPT 4.1)."""

"""Foresight's training side: raw text in, trained checkpoints and a stream of events out.

Never imports django or webapp; runs without a database or a broker.
"""

"""Checkpoints that are installed with newstone, one folder each, with a model card."""

"""How the built-in checkpoint came about; nothing here is needed to run newstone.

``pack`` makes ``analysis/models/builtin`` from a full checkpoint, with one byte per weight.
"""

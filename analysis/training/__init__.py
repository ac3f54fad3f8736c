"""How the built-in checkpoint came about; nothing here is needed to run newstone.

``data`` reads sentences with labelled targets, ``holdout`` puts some aside, ``names`` swaps names, ``batches`` orders
them, ``finetune`` trains, ``measure`` gives figures on the held-out sentences, and ``pack`` makes
``analysis/models/builtin`` from a full checkpoint, with one byte per weight.
"""

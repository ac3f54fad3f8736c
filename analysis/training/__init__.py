"""How the built-in checkpoint came about; nothing here is needed to run newstone.

``make_model`` walks the whole way, one module for each stage::

    base_model ─▶ vocabulary ─▶ embeddings (word_alignment) ─▶ align ─▶ finetune ─▶ soup ─▶ finish
    parallel ──────┴──────────────────┴────────────────────────┘          │              (calibrate, pack, card)
    data, development, names, batches ────────────────────────────────────┘

``authored/`` holds the sentences written for newstone, ``development/`` those that it is steered by and never trained
on; ``measure`` gives figures, ``state`` lets a stopped run go on.
"""

"""Which weights go together, how they are penalised, and which of them are cut.

The words are rt3d-tune's: a scheme (``filter``, ``vanilla``, ``kgs``) with a group size gM × gN cuts a layer's weights
into units; a mask says which units stay; a rate is the share of a layer's weights that goes.
"""

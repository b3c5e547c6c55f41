"""How circuits are run: samplers of any make, prepared circuits, counts of what they take."""

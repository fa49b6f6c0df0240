"""Item models, fed by changes."""

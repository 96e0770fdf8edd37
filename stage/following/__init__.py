"""Layers and sounds that follow the hall: from its reactions to a level, from a level to what is seen and heard."""

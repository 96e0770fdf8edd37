"""The stage: a client of the hub that turns cues into the program, pictures and sound, and shows it."""

"""The room for outputs that work in a process of their own: encoders, which are dear, and which no show may wait for.
On macOS the window too (`window_host`).

    pacer ──put──► ApartOutput ══ ring of pictures, channel of words ══► host ──put──► RecorderOutput, BroadcastOutput

An encoder in the stage's own process takes the interpreter's lock from beat and painter some hundred times a second,
and cannot be given less of the machine than they: whoever waits for the processor with the lock in hand holds up all.
Apart it can (`host.RECORDER_NICENESS`), it may die without the program, and it finishes its file when the stage dies.
"""

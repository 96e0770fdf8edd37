"""The room for live streams: what guests send now, from the hub's relay to pictures and sound on stage.

    hub ══packets══► bundle ──► reception ──► nursery ══ walls ══ child: decode, keep as received
                                    │                              │
       a process of its own,    receiver ◄────── pictures in slots, sound in places
       `stage.air.receiver`         │
    ════════════════════════════════│════ `reports` over a channel; pictures in slots, sound in a ring
                                    ▼
       the stage                  line ──► stream ──► newest picture · playout (sound by the show's clock)
                                                          └──► asking ──► painter, desk

`air` is the door that the rest of the stage knows.
"""

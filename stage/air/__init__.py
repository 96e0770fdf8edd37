"""The room for live streams: what guests send now, from the hub's relay to pictures and sound on stage.

    hub ──packets──► line ──► nursery ══ walls ══ child: decode, keep as received
                                 │
             mailbox (newest picture) · playout (sound on the show clock) ──► asking ──► painter, desk

`line` holds the sockets, `nursery` the walled children, and `air` is the door that the rest of the stage knows.
"""

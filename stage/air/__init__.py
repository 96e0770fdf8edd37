"""The room for live streams: what guests send now, from the hub's relay to pictures and sound on stage.

    hub ══packets══► receiving ══ walls ══ decoding: pictures and sound, kept as they came
                         │                     a process of its own, several of them
      a process of its   │
      own                │ `reports` over a channel; pictures lie in `slots`, sound in a `sound_ring`
                         ▼
    the stage:         line ──► stream ──► newest picture · playout (sound by the show's clock)
                                               └──► asking ──► painter, desk

`air` is the door that the rest of the stage knows; after the show `kept_air` gives the same from what was kept.
"""

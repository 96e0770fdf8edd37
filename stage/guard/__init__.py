"""What stands between live microphones and the loudspeakers of the hall they are in.

    microphones ──► notches ──► gate and leveller ──► choir's share ──► desk        `rack` is the whole of it
         └──► hearing ──► peaks: alone? ──► howl: steady, growing, by itself or by `echoes`? ──► notches
    who talks ──► ducking ──► all other strips

Everything is reckoned once a block for all strips together, from the sound alone: the same sound gives the same bytes.
"""

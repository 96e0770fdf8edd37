"""The walled children that decode: whatever strangers sent is opened here and nowhere else.

child ── orders in, words out
  ├── pictures: bitstream, recolouring      one packet, one picture in I420
  ├── opus: libopus                         one packet, sound; what was lost is guessed
  ├── containers                            a browser's own recorder, fed in chunks
  ├── kept                                  everything as it was received, playable
  └── replay                                the same again from what was kept
"""

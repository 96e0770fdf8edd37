"""The process that receives: all guests' packets from the hub, to the walled children and back, told to the stage.

    hub ──► bundle ──► reception (one of each stream) ──► nursery, seats, wire ──► a walled child
                           │            ▲                                              │
      telling: how it      ▼            └── pictures in slots, sound in places ────────┘
      stands           receiver ──► the stage

One event loop; nothing here is decoded, and nothing looks into what a child left.
"""

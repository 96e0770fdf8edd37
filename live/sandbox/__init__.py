"""The walls around a child process that reads what strangers sent: files at the intake, live packets on stage.

`walls.confine` is the door; `landlock` and `seccomp` are two of the walls. Part of the ground floor: knows no show.
"""

"""Intake: what phones sent, opened only in disposable children, comes out as renditions that are safe to show.

desk ── the queue, the hub's side     nursery ── orders children and ends them
   lane: nobody overtakes                │  job: the words between them     live.pulse: hung, or only starved?
zygote ── forks ──► child: sandbox (landlock, seccomp), then making:
                      original, sniff          what it is, and how it is read
                      photo, animation         pictures
                      clip, sound              videos and sounds: framing, tone, cadence, hearing, loudness, clip_file

Nothing is imported here: the zygote is of this package too, and starts a fifth sooner without the hub's libraries.
"""

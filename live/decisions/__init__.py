"""What the hub answers to an act: pure functions from the state and the act to the events that follow from it.

    desk      who asks, what is known; the table from act to function
    audience  sending words, names, consent, taking back
    queue     judging, banning, retracting, sharing, albums, prompt
    staging   from an approved contribution to a cue; cues given by hand
    running   what the stage reports
    hands     what a person may do about being live: hands, answers, leaving; the crew's cameras
    inviting  what the host decides about guests: inviting, calling, bringing on air, dropping

Nothing here waits, writes or reads a clock. An act that may not be done raises; an act that changes nothing gives no
events.
"""

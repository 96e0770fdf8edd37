"""The vocabulary of a show, as types: what is said on the wire and what is written in the journal.

    ids      names of things            scene    what is on stage, and the cues that change it
    events   what is journaled          acts     what a client asks of the hub
    views    what the hub tells a client
    packets  the framing of live media  coding   JSON in and out, with errors a person can read

JSON fields are camelCase (`web/src/wire.ts` is generated from here), Python fields snake_case. Times are show time in
integer microseconds (`_us`), picture numbers count from show time 0 at the program's rate.
"""

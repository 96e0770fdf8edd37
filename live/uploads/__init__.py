"""Files on their way up: a tus 1.0 server.

    server     the requests, `Uploads`                  tus           the protocol's headers, in and out
    register   the uploads, by id and device            announcement  what a phone says about its file
    turn       one request at a time on each            limits        how much of what is taken
    inflow     the bytes of one request                 storing       from the wire to the disk
    shelf      uploads on disk, across restarts         partial       a file that grows, durably
    finishing  store, journal, tick                     telling       how far each is
    answering  what all answers have in common

An acknowledged offset is fsynced. The answer to the last byte is the phone's green tick: it comes after the file is in
the media store and the contribution in the journal.
"""

from live.uploads.limits import UploadLimits
from live.uploads.server import COUNTERS, Uploads

__all__ = ["COUNTERS", "UploadLimits", "Uploads"]

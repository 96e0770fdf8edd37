"""Words come out whole however the bytes come in, and nonsense is told from them."""

from __future__ import annotations

import pytest

from stage.apart.words import HEAD, MAX_WORD_BYTES, Broken, Kind, Reader, Word, write

WORDS = (
    Word(Kind.TASK, 0, 0, b"{}"),
    Word(Kind.PICTURE, 7, 1 << 40, b""),
    Word(Kind.BLOCK, 0, 48_000 * 3600 * 24 * 365, bytes(3840)),
    Word(Kind.FREE, 7, 0, b""),
)


@pytest.mark.parametrize("step", [1, 7, 4096, 1 << 20])
def test_words_come_whole_from_pieces_of_any_length(step: int) -> None:
    written = b"".join(write(kind, place=place, number=number, body=body) for kind, place, number, body in WORDS)
    reader = Reader()
    read = [word for at in range(0, len(written), step) for word in reader.feed(written[at : at + step])]
    assert tuple(read) == WORDS


@pytest.mark.parametrize("head", [HEAD.pack(99, 0, 0, 0), HEAD.pack(Kind.BLOCK, 0, MAX_WORD_BYTES + 1, 0)])
def test_what_none_of_ours_says_is_broken(head: bytes) -> None:
    with pytest.raises(Broken, match="expected a word"):
        list(Reader().feed(head))

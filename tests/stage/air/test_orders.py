"""What goes between the stage and a child comes out as it went in, wherever the socket cuts it."""

from __future__ import annotations

import numpy as np
import pytest

from stage.air.orders import (
    WORD,
    Broken,
    Order,
    OrderKind,
    OrderReader,
    Word,
    WordKind,
    WordReader,
    order_head,
    write_word,
)

BODIES = tuple(bytes([n]) * size for n, size in enumerate((0, 1, 40, 0, 3000, 70_000, 5)))
MOST_AT_ONCE = 65_536


def cut(data: bytes, most: int) -> list[bytes]:
    """In pieces of one byte to `most`."""
    random = np.random.default_rng(most)
    pieces = []
    while data:
        size = int(random.integers(1, most, endpoint=True))
        pieces.append(data[:size])
        data = data[size:]
    return pieces


@pytest.mark.parametrize("most", [50, 4000, MOST_AT_ONCE])
def test_orders_come_whole_and_in_order(most: int) -> None:
    reader, orders = OrderReader(), []
    sent = b"".join(
        order_head(OrderKind.PACKET, n, len(body), slot=3, place=7, at_us=-n) + body for n, body in enumerate(BODIES)
    )
    for piece in cut(sent, most):
        reader.feed(piece)
        while (order := reader.next()) is not None:
            orders.append(order)
    assert orders == [Order(OrderKind.PACKET, n, 3, 7, -n, body) for n, body in enumerate(BODIES)]


@pytest.mark.parametrize("most", [50, 4000, MOST_AT_ONCE])
def test_words_come_whole_and_in_order(most: int) -> None:
    reader = WordReader()
    words = [Word(WordKind.SOUND, n, first_frame=n, arrived_us=-n, body=body) for n, body in enumerate(BODIES)]
    sent = b"".join(write_word(word) for word in words)
    assert [word for piece in cut(sent, most) for word in reader.feed(piece)] == words


@pytest.mark.parametrize("at", [0, WORD.size - 4], ids=["kind", "length"])
def test_what_no_child_says_is_refused(at: int) -> None:
    word = bytearray(write_word(Word(WordKind.NOTHING, 1)))
    word[at : at + 4] = b"\xff\xff\xff\x7f"
    with pytest.raises(Broken, match="a word of kind"):
        WordReader().feed(bytes(word))

"""The pages and the hub speak the same words: `web/src/wire.ts` is what the Python types say."""

from __future__ import annotations

import msgspec
import pytest

from live.messages import acts, views
from live.messages.typescript import WIRE_TS, typescript


def test_the_committed_file_is_what_the_types_say() -> None:
    assert WIRE_TS.read_text(encoding="utf-8") == typescript(), (
        "live/messages/ has changed: run python -m live.messages.typescript --write and commit web/src/wire.ts"
    )


@pytest.mark.parametrize(
    "line",
    [
        'export type Kind = "text" | "photo" | "sound" | "video";',
        "export type Cue =",
        '  readonly type: "send_text";',
        "  readonly kind: Kind;",
        "  readonly act: AudienceAct;",
        "  readonly stageTimes: readonly (readonly [number, number | null])[];",
        "  readonly masterPeakDb: readonly [number, number];",
        "  readonly strips: { readonly [name: string]: number };",
        "export const HEADER_BYTES = 24;",
    ],
)
def test_shapes_are_said_by_their_names(line: str) -> None:
    assert line in typescript().splitlines()


def test_only_what_a_page_asks_may_leave_fields_out() -> None:
    text = typescript()
    asked = text.partition("export interface SendText {")[2].partition("}")[0]
    told = text.partition("export interface Changes {")[2].partition("}")[0]
    assert "promptId?: Id | null" in asked
    assert "?" not in told


def test_every_field_of_every_view_is_there_in_camel_case() -> None:
    text = typescript()
    structs = [
        value for module in (views, acts) for value in vars(module).values() if _is_message_of(value, module.__name__)
    ]
    assert len(structs) > 30
    for struct in structs:
        body = text.partition(f"export interface {struct.__name__} {{")[2].partition("\n}")[0]
        for name in struct.__struct_encode_fields__:
            assert f"readonly {name}" in body, f"{struct.__name__}.{name} is missing in wire.ts"


def _is_message_of(value: object, module: str) -> bool:
    return isinstance(value, type) and issubclass(value, msgspec.Struct) and value.__module__ == module

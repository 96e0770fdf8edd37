"""The rack: outputs fail alone, and say why in a sentence."""

from __future__ import annotations

from pathlib import Path

from stage.options import Options
from stage.picture import Picture
from stage.program import ProgramFormat
from stage.rack import Rack, open_broadcast, open_rack
from tests.stage.players import Keeper

PROGRAM = ProgramFormat(64, 36, 30)


class BadGoodbye(Keeper):
    def close(self) -> None:
        raise OSError("the card was pulled out")


def refuse() -> Keeper:
    raise OSError("no sound card: connect one")


def test_an_output_that_cannot_open_leaves_the_others_on() -> None:
    rack = Rack({"window": Keeper, "speaker": refuse, "recording": None})
    assert rack.states() == {"window": "on", "speaker": "no sound card: connect one", "recording": "off"}
    assert [rack.is_on(name) for name in ("window", "speaker", "recording")] == [True, False, False]
    (window,) = rack.outputs
    window.put_picture(1, Picture.black(64, 36))
    rack.close()
    assert rack.states()["window"] == "off"


def test_one_that_cannot_close_does_not_keep_the_others_open() -> None:
    rack = Rack({"speaker": BadGoodbye, "window": Keeper})
    rack.close()
    assert rack.states()["window"] == "off"


def test_an_output_opened_later_is_fed_from_then_on() -> None:
    rack = Rack({"window": Keeper})
    fed = rack.outputs
    rack.open("broadcast", Keeper)
    assert len(fed) == 2


def test_options_switch_outputs_on_and_off(tmp_path: Path) -> None:
    options = Options("http://127.0.0.1:9", "key", tmp_path, window=False, speaker=False, record=True, broadcast=False)
    rack = open_rack(options, PROGRAM, "run-00001", lambda key: None)
    open_broadcast(rack, options, PROGRAM)
    rack.close()
    states = rack.states()
    assert {name for name, state in states.items() if state == "off"} >= {"window", "speaker", "broadcast"}
    assert rack.is_on("recording")

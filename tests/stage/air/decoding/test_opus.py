"""Packets become a line of sound without gaps, whatever is lost, garbled or hostile."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from msgspec.structs import replace

from live.errors import BadMedia
from live.messages.packets import Packet, Track
from stage.air.decoding import libopus, opus
from stage.air.decoding.opus import Decoded, SoundDecoder
from stage.picture import SAMPLE_RATE_HZ, Block
from tests.signals import level_db, strongest_hz, tone
from tests.stage.air.sound_packets import numbered, opus_packets, opus_track, pcm_track

SECOND = SAMPLE_RATE_HZ


def decoded(decoder: SoundDecoder, packets: list[Packet]) -> list[Decoded]:
    return [one for packet in packets if (one := decoder.decode(packet)) is not None]


def line(answers: list[Decoded]) -> Block:
    """The sound put together, which is only right where no frame is missing or said twice."""
    for one, following in pairwise(answers):
        assert following.first_frame == one.first_frame + len(one.sound)
    return np.concatenate([one.sound for one in answers])


@pytest.mark.parametrize("packet_ms", [10, 20, 60])
def test_a_tone_comes_through_on_both_sides(packet_ms: int) -> None:
    answers = decoded(
        SoundDecoder(opus_track(packet_ms)), numbered(opus_packets(tone(440.0, 1.0), packet_ms), packet_ms)
    )
    sound = line(answers)
    assert len(sound) == pytest.approx(SECOND, abs=packet_ms * 48)
    assert strongest_hz(sound[4800:]) == pytest.approx(440.0, abs=1.0)
    assert level_db(sound[4800:43200], 440.0) == pytest.approx(level_db(tone(440.0, 1.0), 440.0), abs=0.5)
    np.testing.assert_array_equal(sound[:, 0], sound[:, 1])


def test_stereo_stays_stereo_where_it_is_announced() -> None:
    """A mono stream in a stereo decoder is the same sound as in a mono one."""
    packets = numbered(opus_packets(tone(300.0, 0.5)))
    stereo, mono = (line(decoded(SoundDecoder(opus_track(channels=channels)), packets)) for channels in (2, 1))
    np.testing.assert_allclose(stereo, mono, atol=1e-4)


def test_lost_packets_are_concealed_and_the_time_goes_on() -> None:
    """Every tenth packet is lost: the line keeps its length, the tone its level, and nothing clicks."""
    packets = numbered(opus_packets(tone(440.0, 2.0), 10), 10)
    decoder = SoundDecoder(opus_track(10))
    answers = decoded(decoder, [packet for packet in packets if packet.sequence % 10 != 5])
    sound = line(answers)
    assert (len(sound), decoder.lost) == (len(packets) * 480, len(packets) // 10)
    assert sum(one.concealed for one in answers) == decoder.lost * 480
    whole = line(decoded(SoundDecoder(opus_track(10)), packets))
    assert np.abs(np.diff(sound[4800:, 0])).max() < 1.6 * np.abs(np.diff(whole[4800:, 0])).max()
    assert level_db(sound[9600:86400], 440.0) > level_db(whole[9600:86400], 440.0) - 1.0


def test_the_time_of_capture_is_that_of_the_first_frame() -> None:
    packets = numbered(opus_packets(tone(440.0, 0.2)), captured_us=10**15)
    answers = decoded(SoundDecoder(opus_track()), [packets[0], packets[1], packets[3]])
    assert [one.captured_us - 10**15 for one in answers] == [0, 20_000, 40_000]
    assert [one.concealed for one in answers] == [0, 0, 960]


def test_what_the_next_packet_knows_of_a_lost_one_is_used() -> None:
    """With forward error correction a word that begins in a lost packet is heard; a guess cannot know of it."""
    rng = np.random.default_rng(7)
    voice = tone(200.0, 2.0, peak=0.3) * np.float32(1.0)
    voice[:SECOND] = rng.normal(0.0, 1e-4, (SECOND, 2))
    packets = numbered(opus_packets(voice, 20, 24_000, fec=True))
    lost = next(
        i for i, one in enumerate(decoded(SoundDecoder(opus_track()), packets)) if np.abs(one.sound).max() > 0.05
    )
    decoder = SoundDecoder(opus_track())
    answers = decoded(decoder, packets[:lost] + packets[lost + 1 :])
    assert answers[lost].concealed == 960
    assert np.abs(answers[lost].sound[:960]).max() > 0.05


def test_a_long_pause_is_left_to_the_playout() -> None:
    packets = numbered(opus_packets(tone(440.0, 2.0)))
    decoder = SoundDecoder(opus_track())
    answers = decoded(decoder, packets[:10] + packets[60:])
    assert decoder.lost == 50
    assert not any(one.concealed for one in answers)


def test_sequence_numbers_wrap() -> None:
    decoder = SoundDecoder(opus_track())
    decoded(decoder, numbered(opus_packets(tone(440.0, 0.4)), first=65_530))
    assert (decoder.lost, decoder.stale, decoder.errors) == (0, 0, 0)


def test_a_packet_that_comes_twice_is_heard_once() -> None:
    packets = numbered(opus_packets(tone(440.0, 0.4)))
    decoder = SoundDecoder(opus_track())
    decoded(decoder, [packets[0], packets[1], packets[1], packets[0], packets[2]])
    assert (decoder.stale, decoder.frames) == (2, 3 * 960)


def test_garbage_is_counted_and_filled_in() -> None:
    """Nothing that a stranger can send raises, and the sound that follows is right again."""
    rng = np.random.default_rng(11)
    packets = numbered(opus_packets(tone(440.0, 2.0)))
    decoder = SoundDecoder(opus_track())
    hostile = [b"", b"\xff", bytes(70_000), rng.bytes(1275), b"\x03\xff" + rng.bytes(40), bytes(3)]
    for index, payload in enumerate(hostile):
        packets[10 + index] = numbered([payload], first=10 + index)[0]
    sound = line(decoded(decoder, packets))
    assert decoder.errors >= 3
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() <= 1.0
    assert strongest_hz(sound[-SECOND:]) == pytest.approx(440.0, abs=1.0)


def test_any_bytes_give_finite_sound_and_no_error() -> None:
    rng = np.random.default_rng(5)
    for track in (opus_track(), pcm_track(44_100, 2)):
        decoder = SoundDecoder(track)
        for sequence in range(400):
            answer = decoder.decode(numbered([rng.bytes(int(rng.integers(0, 300)))], first=sequence)[0])
            assert answer is None or (np.isfinite(answer.sound).all() and len(answer.sound) <= SECOND)


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_pcm_of_any_rate_becomes_48_khz(rate_hz: int, channels: int) -> None:
    whole = (tone(440.0, 1.0, rate_hz=rate_hz, channels=channels) * 32767.0).astype("<i2")
    step = rate_hz // 50
    payloads = [whole[first : first + step].tobytes() for first in range(0, len(whole), step)]
    sound = line(decoded(SoundDecoder(pcm_track(rate_hz, channels)), numbered(payloads)))
    assert len(sound) == pytest.approx(SECOND, abs=2000)
    assert strongest_hz(sound[4800:]) == pytest.approx(440.0, abs=1.0)
    assert level_db(sound[4800:40000], 440.0) == pytest.approx(level_db(tone(440.0, 1.0), 440.0), abs=0.1)


def test_lost_pcm_goes_on_as_it_was() -> None:
    whole = (tone(440.0, 1.0, channels=1) * 32767.0).astype("<i2")
    packets = numbered([whole[first : first + 480].tobytes() for first in range(0, SECOND, 480)], 10)
    sound = line(decoded(SoundDecoder(pcm_track(SECOND)), packets[:50] + packets[51:]))
    assert len(sound) == SECOND
    assert np.abs(sound[50 * 480 : 51 * 480]).max() > 0.1


@pytest.mark.parametrize(
    "track",
    [
        Track(track=1, kind="audio", codec="mp4a.40.2", sample_rate_hz=48_000, channels=2),
        Track(track=1, kind="audio", codec="opus", channels=6),
        pcm_track(7),
        pcm_track(10**9),
        pcm_track(48_000, 200),
    ],
)
def test_a_track_that_cannot_be_played_is_refused(track: Track) -> None:
    with pytest.raises(BadMedia, match="expected"):
        SoundDecoder(track)


def test_the_same_packets_give_the_same_bytes() -> None:
    """As the offline render needs them: losses and garbage included."""
    packets = numbered(opus_packets(tone(440.0, 1.0)))
    packets[7] = numbered([b"\xff\xff"], first=7)[0]
    some = packets[:20] + packets[22:]
    first, second = (line(decoded(SoundDecoder(opus_track()), some)) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_pyav_stands_in_where_there_is_no_libopus() -> None:
    stand_in = opus._OpusByPyAV()
    sound = np.concatenate([stand_in.decode(payload) for payload in opus_packets(tone(440.0, 1.0))])
    assert strongest_hz(sound[4800:]) == pytest.approx(440.0, abs=1.0)
    assert np.abs(stand_in.fill(480, b"")).max() > 0.1
    with pytest.raises(BadMedia):
        stand_in.decode(b"")


def test_this_machine_has_libopus() -> None:
    assert libopus.load()
    assert opus.note() is None


def test_a_time_at_the_end_of_all_time_is_no_trouble() -> None:
    """What is reckoned from a phone's clock must still fit where it is written."""
    packets = numbered(opus_packets(tone(440.0, 0.5)), captured_us=-(1 << 63))
    answers = decoded(SoundDecoder(opus_track()), [replace(one, captured_us=-(1 << 63)) for one in packets[::2]])
    assert {one.captured_us for one in answers} == {-(1 << 63)}
    assert sum(one.concealed for one in answers) > 0


@pytest.mark.parametrize("packet_ms", [1, 2])
def test_garbage_in_packets_too_short_for_opus_is_counted(packet_ms: int) -> None:
    """A guess shorter than the shortest Opus packet is no sound, and no fault of ours."""
    decoder = SoundDecoder(opus_track(packet_ms))
    answers = decoded(decoder, numbered([b"\xff" * 5] * 3, packet_ms))
    assert (decoder.errors, [len(one.sound) for one in answers]) == (3, [0, 0, 0])

"""What Oregon Scientific's sensors send, as the bits that rtl_433 takes for `-y`.

Protocols 2.1 and 3.0 send nibbles, lowest bit first, and end in the sum of all nibbles. 2.1 sends
each bit twice, the second time turned round, behind a preamble of its own.
"""

from collections.abc import Sequence


def thgr122n(
    channel: int, code: int, temperature: float, humidity: int, *, low: bool = False
) -> str:
    """Temperature and humidity, protocol 2.1; channel 4 stands for 3."""
    digits = [*_temperature(temperature), humidity % 10, humidity // 10, 0]
    return _protocol_2(_message("1d20", channel, code, digits, low=low), nibbles=19)


def thn802(channel: int, code: int, temperature: float, *, low: bool = False) -> str:
    """Temperature, protocol 3.0."""
    return _protocol_3(_message("c844", channel, code, _temperature(temperature), low=low))


def uv800(channel: int, code: int, index: int) -> str:
    """Ultraviolet index, protocol 3.0."""
    return _protocol_3(_message("d874", channel, code, [index % 10, index // 10, 0, 0, 0]))


def wgr800(channel: int, code: int, gust: float, mean: float, direction: int) -> str:
    """Wind in m/s and sixteenths of a circle, protocol 3.0."""
    gusts, means = round(gust * 10), round(mean * 10)
    digits = [direction, 0, 0]
    for tenths in (gusts, means):
        digits += [tenths % 10, tenths // 10 % 10, tenths // 100]
    return _protocol_3(_message("1984", channel, code, digits))


def _temperature(value: float) -> list[int]:
    tenths = round(abs(value) * 10)
    return [tenths % 10, tenths // 10 % 10, tenths // 100, 8 if value < 0 else 0]


def _message(
    sensor: str, channel: int, code: int, digits: Sequence[int], *, low: bool = False
) -> list[int]:
    head = [*(int(digit, 16) for digit in sensor), channel, code & 15, code >> 4, 4 * low]
    nibbles = [*head, *digits]
    total = sum(nibbles)
    return [*nibbles, total & 15, total >> 4 & 15]


def _bits(nibbles: Sequence[int]) -> str:
    return "".join(str(nibble >> place & 1) for nibble in nibbles for place in range(4))


def _protocol_2(message: Sequence[int], nibbles: int) -> str:
    padded = [*message, *[0] * (nibbles - len(message))]
    turned = _bits(padded).replace("0", "x").replace("1", "01").replace("x", "10")
    return _row("01" * 16 + "10011001" + turned)


def _protocol_3(message: Sequence[int]) -> str:
    return _row("0" * 24 + "0101" + _bits([*message, 0, 0, 0, 0]))


def _row(bits: str) -> str:
    octets = int(bits.ljust(-len(bits) // 8 * -8, "0"), 2)
    return f"{{{len(bits)}}}{octets:0{-len(bits) // 8 * -2}x}"

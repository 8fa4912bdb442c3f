"""The wire format of protocol buffers: messages as lists of fields, byte for byte."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Union

from ..errors import UserError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

# Number, wire type, value: bytes where the wire type is BYTES, otherwise an integer.
Field = tuple[int, int, Union[int, bytes]]


class WireError(UserError):
    """The bytes are no message."""


@dataclass
class Message:
    """The fields of one message in their order."""

    fields: list[Field] = field(default_factory=list)

    def bytes_of(self, number: int) -> list[bytes]:
        """All values of a field of bytes: text, messages, packed numbers."""
        return [value for n, _, value in self.fields if n == number and isinstance(value, bytes)]

    def text(self, number: int, otherwise: str = "") -> str:
        """The last value of a field of text."""
        values = self.bytes_of(number)
        return values[-1].decode() if values else otherwise

    def integer(self, number: int, otherwise: int = 0) -> int:
        """The last value of a field of integers, with its sign."""
        values = self.whole(number, VARINT)
        return signed(values[-1]) if values else otherwise

    def integers(self, number: int) -> list[int]:
        """All values of a repeated field of integers, packed or not."""
        values: list[int] = []
        for n, kind, value in self.fields:
            if n == number and isinstance(value, bytes):
                at = 0
                while at < len(value):
                    one, at = varint(value, at)
                    values.append(signed(one))
            elif n == number and kind == VARINT and isinstance(value, int):
                values.append(signed(value))
        return values

    def number(self, number: int, otherwise: float = 0.0) -> float:
        """The last value of a field of 32-bit floats."""
        values = self.whole(number, FIXED32)
        return struct.unpack("<f", struct.pack("<I", values[-1]))[0] if values else otherwise

    def whole(self, number: int, wanted: int) -> list[int]:
        """All values of a field that are integers of the wanted wire type, without sign."""
        return [v for n, kind, v in self.fields if n == number and kind == wanted and isinstance(v, int)]

    def encode(self) -> bytes:
        """The message's bytes."""
        out = bytearray()
        for number, kind, value in self.fields:
            out += encode_varint(number << 3 | kind)
            if isinstance(value, bytes):
                out += encode_varint(len(value)) + value
            elif kind == VARINT:
                out += encode_varint(value)
            else:
                out += struct.pack("<Q" if kind == FIXED64 else "<I", value)
        return bytes(out)


def parse(data: bytes) -> Message:
    """Split a message into its fields."""
    message, at = Message(), 0
    while at < len(data):
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        value: int | bytes
        if kind == VARINT:
            value, at = varint(data, at)
        elif kind == FIXED64:
            value, at = int.from_bytes(take(data, at, 8), "little"), at + 8
        elif kind == FIXED32:
            value, at = int.from_bytes(take(data, at, 4), "little"), at + 4
        elif kind == BYTES:
            size, at = varint(data, at)
            value, at = take(data, at, size), at + size
        else:
            raise WireError(f"field {number} has wire type {kind} at byte {at}")
        if number == 0:
            raise WireError(f"a field has number 0 at byte {at}")
        message.fields.append((number, kind, value))
    return message


def take(data: bytes, at: int, size: int) -> bytes:
    """``size`` bytes from ``at``, all of them."""
    if at + size > len(data):
        raise WireError(f"the data ends at byte {len(data)}, inside a value of {size} bytes")
    return data[at : at + size]


def varint(data: bytes, at: int) -> tuple[int, int]:
    """An integer of variable length and where the next value begins."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise WireError(f"no integer at byte {at}")
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def encode_varint(value: int) -> bytes:
    """An integer in as few bytes as it needs."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value: int) -> int:
    """A 64-bit integer with its sign."""
    return value - (1 << 64) if value >> 63 else value

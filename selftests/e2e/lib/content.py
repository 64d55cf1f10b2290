# SPDX-License-Identifier: GPL-2.0
"""What frames carry, and how one that returned differs from what was sent; imported, never
run."""


# 256 bytes of it from any place on are again such bytes, and begin with any value.
SEVENS = bytes(i * 7 & 0xff for i in range(512))
WHERE = {SEVENS[i]: i for i in range(256)}


def make(number, length):
    """Content that differs from that of neighbouring numbers, at every place."""
    starts = (WHERE[(number * 13 + row) & 0xff] for row in range(length // 256 + 1))
    return b"".join(SEVENS[start:start + 256] for start in starts)[:length]


def difference(returned, expected):
    """The rest of a sentence about a frame that did not return as it was."""
    at = next((i for i, (a, b) in enumerate(zip(returned, expected)) if a != b),
              min(len(returned), len(expected)))
    return (f"of {len(expected)} bytes returned with {len(returned)} bytes, "
            f"different from byte {at} on: {returned[at:at + 16].hex()}, "
            f"expected {expected[at:at + 16].hex()}")

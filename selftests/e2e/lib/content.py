# SPDX-License-Identifier: GPL-2.0
"""What frames carry, and how one that returned differs from what was sent; imported, never
run."""


def make(number, length):
    """Content that differs from that of neighbouring numbers, at every place."""
    return bytes((i * 7 + number * 13 + (i >> 8)) & 0xff for i in range(length))


def difference(returned, expected):
    """The rest of a sentence about a frame that did not return as it was."""
    at = next((i for i, (a, b) in enumerate(zip(returned, expected)) if a != b),
              min(len(returned), len(expected)))
    return (f"of {len(expected)} bytes returned with {len(returned)} bytes, "
            f"different from byte {at} on: {returned[at:at + 16].hex()}, "
            f"expected {expected[at:at + 16].hex()}")

#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0
"""Send frames into a port and check that its guest returns each, bit for bit.

frames.py PORT COUNT [--back PORT] [--swap] [--sizes SIZE...] [--flows N] [--copybreak BYTES...]
--back: at another port.
--swap: with source and destination exchanged. Sizes are used one after the other.
--flows: UDP over IPv4, from so many ports in turn, so that several queues have work.
--copybreak: once with each as the port's rx-copybreak: from that length on frames are not
copied at once.
A frame that does not return within five minutes is missing.
"""
import argparse
import os
import select
import socket
import struct
import sys

import content

ETHERTYPE = 0x88b5  # for local experiments: the stack has no use for it
IPV4 = 0x0800
SOURCE = bytes.fromhex("020000000011")
DESTINATION = bytes.fromhex("020000000001")
HEAD = struct.Struct("!6s6sH")
NUMBER = struct.Struct("!I")
WINDOW = 32
PATIENCE = 300


def datagram_head(number, size, flows):
    """The headers of IPv4 and UDP; nobody looks at their checksums."""
    length = size - HEAD.size
    return struct.pack("!BBHHHBBH4s4sHHHH", 0x45, 0, length, 0, 0, 64, 17, 0,
                       bytes([10, 9, 9, 1]), bytes([10, 9, 9, 9]),
                       1024 + number % flows, 9, length - 20, 0)


def make(number, size, flows):
    """Frame `number`, with content that differs from that of its neighbours."""
    head = HEAD.pack(DESTINATION, SOURCE, IPV4 if flows else ETHERTYPE)
    if flows:
        head += datagram_head(number, size, flows)
    head += NUMBER.pack(number)
    return head + content.make(number, size - len(head))


def swapped(frame):
    return frame[6:12] + frame[:6] + frame[12:]


def check(frame, waiting, flows):
    """Complain about a returned frame that was not sent like this."""
    at = HEAD.size + (28 if flows else 0)
    if len(frame) < at + NUMBER.size:
        sys.exit(f"a frame of {len(frame)} bytes returned")
    number, = NUMBER.unpack_from(frame, at)
    expected = waiting.pop(number, None)
    if expected is None:
        sys.exit(f"frame {number} returned, which was not waited for")
    if frame != expected:
        sys.exit(f"frame {number} {content.difference(frame, expected)}")


def opened(name, ethertype):
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ethertype))
    port.bind((name, ethertype))
    return port


def exchange(port, back, options):
    """Send all, and take them back; a few are away at a time."""
    waiting = {}
    sent = 0
    while sent < options.count or waiting:
        if sent < options.count and len(waiting) < WINDOW:
            frame = make(sent, options.sizes[sent % len(options.sizes)], options.flows)
            waiting[sent] = swapped(frame) if options.swap else frame
            port.send(frame)
            sent += 1
            continue
        if not select.select([back], [], [], PATIENCE)[0]:
            sys.exit(f"{len(waiting)} of {sent} frames sent did not return: "
                     f"{sorted(waiting)[:10]} ...")
        frame, address = back.recvfrom(65536)
        if address[2] != socket.PACKET_OUTGOING:
            check(frame, waiting, options.flows)
    print(f"{sent} frames returned as they were")


def set_copybreak(port, length):
    if os.spawnlp(os.P_WAIT, "ethtool", "ethtool", "--set-tunable", port, "rx-copybreak",
                  str(length)):
        sys.exit(f"{port} does not accept rx-copybreak {length}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port")
    parser.add_argument("count", type=int)
    parser.add_argument("--back")
    parser.add_argument("--swap", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+",
                        default=[60, 61, 64, 127, 590, 1023, 1500, 1514])
    parser.add_argument("--flows", type=int, default=0)
    parser.add_argument("--copybreak", type=int, nargs="+", default=[])
    options = parser.parse_args()

    ethertype = IPV4 if options.flows else ETHERTYPE
    port = opened(options.port, ethertype)
    back = opened(options.back, ethertype) if options.back else port
    for length in options.copybreak:
        set_copybreak(options.port, length)
        exchange(port, back, options)
    if not options.copybreak:
        exchange(port, back, options)


main()

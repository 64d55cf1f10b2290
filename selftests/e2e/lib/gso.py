#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Send packets that stand for several into a port and check that its guest returns each
unsplit: the same bytes, and the same wishes for checksum and segments.

gso.py PORT
TCP over IPv4 and IPv6, up to the longest that are not cut on the way. A packet that does not
return within five minutes is missing.
"""
import select
import socket
import struct
import sys

import content

SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 15, 23
VNET = struct.Struct("=BBHHHH")
NEEDS_CSUM, GSO_TCPV4, GSO_TCPV6 = 1, 1, 4
ETHERNET = bytes.fromhex("020000000001" "020000000011")
MSS = 1400
# The last one makes the longest frame by IPv6 that Linux leaves whole: 65535 bytes.
PAYLOADS = [MSS + 1, 4000, 16384, 20001, 40000, 65461]
PATIENCE = 300


def checksum(data):
    """The sum of the Internet, not complemented."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def tcp(number, pseudo):
    """A header with the sum of the pseudo header, as its sender leaves it."""
    return struct.pack("!HHIIBBHHH", 1024 + number, 9, number * 100000, 0, 0x50, 0x10, 1000,
                       checksum(pseudo), 0)


def ipv4(number, payload):
    source, destination = bytes([10, 9, 9, 1]), bytes([10, 9, 9, 9])
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40 + payload, number, 0x4000, 64, 6, 0,
                       source, destination)
    head = head[:10] + struct.pack("!H", ~checksum(head) & 0xffff) + head[12:]
    pseudo = source + destination + struct.pack("!HH", 6, 20 + payload)
    return b"\x08\0" + head + tcp(number, pseudo), GSO_TCPV4


def ipv6(number, payload):
    source, destination = (bytes.fromhex("fd00" + "00" * 13 + end) for end in ("01", "09"))
    head = struct.pack("!IHBB16s16s", 6 << 28, 20 + payload, 6, 64, source, destination)
    pseudo = source + destination + struct.pack("!II", 20 + payload, 6)
    return b"\x86\xdd" + head + tcp(number, pseudo), GSO_TCPV6


def make(number, family, payload):
    """A packet and what goes with it; how long its headers are is a hint and no more."""
    head, kind = family(number, payload)
    head = ETHERNET + head
    return (NEEDS_CSUM, kind, MSS, len(head) - 20, 16), head + content.make(number, payload)


def opened(name):
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    port.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    port.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    port.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    port.bind((name, 3))
    return port


def compare(wishes, packet, received):
    flags, kind, _, size, start, offset = VNET.unpack_from(received)
    seen, returned = (flags, kind, size, start, offset), received[VNET.size:]
    if seen != wishes:
        sys.exit(f"a packet of {len(packet)} bytes returned as {len(returned)} bytes with "
                 f"flags, gso_type, gso_size, csum_start and csum_offset {seen}, not {wishes}")
    if returned != packet:
        sys.exit(f"a packet {content.difference(returned, packet)}")


def main():
    port = opened(sys.argv[1])
    number = 0
    for family in ipv4, ipv6:
        for payload in PAYLOADS:
            number += 1
            wishes, packet = make(number, family, payload)
            flags, kind, size, start, offset = wishes
            port.send(VNET.pack(flags, kind, start + 20, size, start, offset) + packet)
            if not select.select([port], [], [], PATIENCE)[0]:
                sys.exit(f"a packet of {len(packet)} bytes did not return")
            compare(wishes, packet, port.recv(1 << 17))
    print(f"{number} packets returned")


main()

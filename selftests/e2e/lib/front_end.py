#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A front-end that hands in many regions, each a hugepage in a file of its own.

front_end.py SOCKET table|slots|pieces COUNT
table: all in one message with as many descriptors; slots: one message for each;
pieces: one for each, but they are pieces of few pages. Says "ready", waits for a line
on its input, hands them in, says "accepted", "refused" or "closed", and waits for
the end of its input.
"""
import os
import socket
import struct
import sys

PAGE = 2 << 20
PIECE = 4096
GUEST = 0x100000000
USER = 0x7a0000000000
HEADER = struct.Struct("<III")
REGION = struct.Struct("<QQQQ")
VERSION, REPLY, NEED_REPLY = 1, 4, 8
GET_FEATURES, SET_FEATURES, SET_OWNER, SET_MEM_TABLE = 1, 2, 3, 5
GET_PROTOCOL_FEATURES, SET_PROTOCOL_FEATURES, ADD_MEM_REG = 15, 16, 37
PROTOCOL_FEATURES = 1 << 30
REPLY_ACK, CONFIGURE_MEM_SLOTS = 1 << 3, 1 << 15


def send(request, payload=b"", files=(), flags=0):
    message = HEADER.pack(request, VERSION | flags, len(payload)) + payload
    socket.send_fds(connection, [message], files)


def receive():
    """The number that is the answer; None when the connection was closed."""
    try:
        message = connection.recv(HEADER.size + 8, socket.MSG_WAITALL)
    except ConnectionResetError:
        return None
    return struct.unpack("<Q", message[HEADER.size:])[0] if message else None


def file_of(size):
    file = os.memfd_create("front-end", os.MFD_HUGETLB | os.MFD_HUGE_2MB)
    os.ftruncate(file, size)
    return file


def region(number, size, offset=0):
    # Apart, so that no two are adjacent.
    return REGION.pack(GUEST + 2 * number * size, size, USER + 2 * number * size, offset)


def prepared(kind, count):
    """Messages, each with its files."""
    if kind == "pieces":
        file = file_of(-(-count * PIECE // PAGE) * PAGE)
        regions = [region(i, PIECE, i * PIECE) for i in range(count)]
        files = [file] * count
    else:
        regions = [region(i, PAGE) for i in range(count)]
        files = [file_of(PAGE) for i in range(count)]
    if kind == "table":
        return [(SET_MEM_TABLE, struct.pack("<II", count, 0) + b"".join(regions), files)]
    return [(ADD_MEM_REG, struct.pack("<Q", 0) + r, [f]) for r, f in zip(regions, files)]


def hand_in(messages):
    for number, (request, payload, files) in enumerate(messages):
        send(request, payload, files, NEED_REPLY)
        answer = receive()
        if answer != 0:
            return ("closed" if answer is None else "refused") + f" message {number}"
    return f"accepted {len(messages)} messages"


connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
send(GET_FEATURES)
features = receive()
send(GET_PROTOCOL_FEATURES)
offered = receive()
send(SET_PROTOCOL_FEATURES, struct.pack("<Q", offered & (REPLY_ACK | CONFIGURE_MEM_SLOTS)))
send(SET_OWNER)
send(SET_FEATURES, struct.pack("<Q", features & (1 << 32 | PROTOCOL_FEATURES)))
todo = prepared(sys.argv[2], int(sys.argv[3]))
print("ready", flush=True)
sys.stdin.readline()
print(hand_in(todo), flush=True)
sys.stdin.read()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A front-end that does what no front-end may, against a daemon that runs.

hostile.py SOCKET ATTACK [REPETITIONS]
It is over when it has said all it wanted; what became of the daemon, of the module and of
other guests is for others to look at.
"""
import array
import errno
import os
import random
import socket
import struct
import sys

VERSION, REPLY, NEED_REPLY = 1, 4, 8
HEADER = struct.Struct("=III")
REQUESTS = 46
PATIENCE = 60

GET_FEATURES, SET_FEATURES, SET_OWNER = 1, 2, 3
SET_MEM_TABLE, SET_VRING_NUM, SET_VRING_ADDR, SET_VRING_BASE = 5, 8, 9, 10
GET_VRING_BASE, SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR = 11, 12, 13, 14
GET_PROTOCOL, SET_PROTOCOL, SET_ENABLE = 15, 16, 18
ADD_MEM_REG, REM_MEM_REG = 37, 38
REPLY_ACK, SLOTS = 1 << 3, 1 << 15

PAGE = 2 << 20
GUEST, USER = 0x100000000, 0x7a0000000000


def message(request, payload=b"", flags=VERSION, size=None):
    return HEADER.pack(request, flags, len(payload) if size is None else size) + payload


def u64(value):
    return struct.pack("=Q", value)


def state(index, number):
    return struct.pack("=II", index, number)


def region(guest=GUEST, size=PAGE, user=USER, offset=0):
    return struct.pack("=QQQQ", guest, size, user, offset)


class Files:
    """Descriptors of all kinds."""
    def __init__(self):
        self.memory = os.memfd_create("guest", os.MFD_CLOEXEC | os.MFD_HUGETLB)
        os.ftruncate(self.memory, 2 * PAGE)
        self.event = os.eventfd(0)
        plain = os.memfd_create("plain")
        os.ftruncate(plain, PAGE)
        self.wrong = [plain, os.open("/dev/null", os.O_RDWR), os.open("/", os.O_RDONLY),
                      os.pipe()[0],
                      socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).detach(),
                      os.open("/dev/vhuge", os.O_RDWR),
                      os.open("/proc/self/fd/%d" % self.memory, os.O_RDONLY)]
        self.all = [self.memory, self.event] + self.wrong


class Frontend:
    def __init__(self, path):
        self.path = path
        self.socket = None

    def connect(self):
        """The daemon serves one front-end at a time: until the one before has gone."""
        self.close()
        while True:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(PATIENCE)
            try:
                self.socket.connect(self.path)
                if self.ask(message(GET_FEATURES)):
                    return
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EPIPE, errno.ECONNRESET):
                    raise
            self.socket.close()

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None

    def send(self, data, fds=()):
        """False when the connection has gone."""
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        try:
            return self.socket.sendmsg([data], control) == len(data)
        except (BrokenPipeError, ConnectionResetError):
            return False

    def take(self, count):
        data = b""
        while len(data) < count:
            try:
                more = self.socket.recv(count - len(data))
            except ConnectionResetError:
                return None
            if not more:
                return None
            data += more
        return data

    def reply(self):
        """The payload of a reply, None when there is none and the connection has gone."""
        head = self.take(HEADER.size)
        if head is None:
            return None
        return self.take(HEADER.unpack(head)[2])

    def ask(self, data, fds=()):
        return self.reply() if self.send(data, fds) else None

    def tell(self, data, fds=()):
        """Sends what may have no reply, and waits until it was dealt with."""
        return self.send(data, fds) and self.ask(message(GET_FEATURES)) is not None


def at_connection(frontend, files):
    frontend.connect()


def with_acks(frontend, files):
    frontend.connect()
    frontend.tell(message(SET_PROTOCOL, u64(REPLY_ACK | SLOTS)))
    frontend.tell(message(SET_OWNER))
    frontend.tell(message(SET_FEATURES, u64(1 << 32 | 1 << 30)))


def with_memory(frontend, files):
    with_acks(frontend, files)
    frontend.tell(message(SET_MEM_TABLE, struct.pack("=II", 1, 0) + region()), [files.memory])


def with_rings(frontend, files):
    with_memory(frontend, files)
    for index in 0, 1:
        areas = [USER + index * 65536 + at for at in (0, 16384, 8192)]
        frontend.tell(message(SET_VRING_NUM, state(index, 256)))
        frontend.tell(message(SET_VRING_ADDR, struct.pack("=IIQQQQ", index, 0, *areas, 0)))
        frontend.tell(message(SET_VRING_BASE, state(index, 0)))
        frontend.tell(message(SET_VRING_CALL, u64(index)), [files.event])
        frontend.tell(message(SET_VRING_KICK, u64(index)), [files.event])
        frontend.tell(message(SET_ENABLE, state(index, 1)))


TIMES = [at_connection, with_acks, with_memory, with_rings]
SIZES = [0, 4, 7, 8, 9, 16, 39, 40, 41, 1032, 1033]
PAYLOADS = [bytes(1033), b"\xff" * 1033, u64(1) * 130, state(1, 1) * 130,
            struct.pack("=II", 1, 0) + region() * 33, u64(0) + region() * 33]


def left_alone(frontend):
    """Is the connection still there, with nothing in it?"""
    frontend.socket.setblocking(False)
    try:
        while frontend.socket.recv(65536):
            pass
        return False
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False
    finally:
        frontend.socket.settimeout(PATIENCE)


def dealt_with(frontend, again, files):
    """A reply to the attack may come before the one that is asked for here."""
    if frontend.ask(message(GET_FEATURES)) is None or not left_alone(frontend):
        again(frontend, files)


def shapes(frontend, files, repetitions):
    """Each message at each time, with sizes and descriptors that fit and do not."""
    dice = random.Random(1)
    for again in TIMES:
        again(frontend, files)
        for request in list(range(REQUESTS)) + [1000, 0xffffffff]:
            for _ in range(repetitions):
                size = dice.choice(SIZES)
                fds = [dice.choice(files.all) for _ in range(dice.choice([0, 0, 1, 1, 2, 33]))]
                flags = dice.choice([VERSION, VERSION | NEED_REPLY, VERSION | REPLY, 0])
                frontend.send(message(request, dice.choice(PAYLOADS)[:size], flags), fds)
                dealt_with(frontend, again, files)
    frontend.close()


def right_messages(files):
    return [(message(GET_FEATURES), []), (message(SET_FEATURES, u64(0)), []),
            (message(SET_MEM_TABLE, struct.pack("=II", 2, 0) + region() +
                     region(GUEST + PAGE, PAGE, USER + PAGE, PAGE)), [files.memory] * 2),
            (message(SET_VRING_KICK, u64(0)), [files.event]),
            (message(ADD_MEM_REG, u64(0) + region()), [files.memory])]


def truncated(frontend, files, repetitions):
    """A connection that ends after each byte of a message."""
    for data, fds in right_messages(files):
        for end in range(1, len(data)):
            frontend.connect()
            frontend.send(data[:end], fds)
            frontend.close()


def in_bytes(frontend, files, repetitions):
    """Messages that arrive byte by byte, the descriptors with the first."""
    frontend.connect()
    for data, fds in right_messages(files):
        for at in range(len(data)):
            if not frontend.send(data[at:at + 1], fds if not at else []):
                frontend.connect()
                break
        dealt_with(frontend, at_connection, files)
    frontend.close()


def wrong_files(frontend, files, repetitions):
    """Descriptors of the wrong kind where memory and eventfds are expected."""
    with_acks(frontend, files)
    for fd in files.all:
        for data in (message(SET_MEM_TABLE, struct.pack("=II", 1, 0) + region()),
                     message(ADD_MEM_REG, u64(0) + region()), message(SET_VRING_KICK, u64(0)),
                     message(SET_VRING_CALL, u64(1)), message(SET_VRING_ERR, u64(1))):
            frontend.send(data, [fd])
            dealt_with(frontend, with_acks, files)
    frontend.close()


def connections(frontend, files, repetitions):
    """Connections without a word, and with half a one, in great number."""
    for i in range(repetitions):
        many = []
        for _ in range(8):
            one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            one.setblocking(False)
            try:
                one.connect(frontend.path)
                if i % 2:
                    one.send(b"\x01\x00\x00")
            except (BlockingIOError, BrokenPipeError):
                pass
            many.append(one)
        for one in many:
            one.close()


def unread(frontend, files, repetitions):
    """Questions whose answers are never read."""
    for _ in range(repetitions):
        frontend.connect()
        while frontend.send(message(GET_FEATURES) * 64):
            pass
        frontend.close()


def repeated(frontend, files, repetitions):
    """The same messages over and over; the replies are read in great pieces."""
    batch = 50
    many = [(message(SET_VRING_CALL, u64(0), VERSION | NEED_REPLY), [files.event]),
            (message(SET_VRING_ERR, u64(0), VERSION | NEED_REPLY), [files.event]),
            (message(SET_VRING_NUM, state(5000, 0), VERSION | NEED_REPLY), []),
            (message(SET_FEATURES, u64(1 << 63), VERSION | NEED_REPLY), []),
            (message(ADD_MEM_REG, u64(0) + region(), VERSION | NEED_REPLY), [files.wrong[0]]),
            (message(1000, b"", VERSION | NEED_REPLY), [files.event]),
            (message(GET_VRING_BASE, state(0, 0)), [])]
    with_acks(frontend, files)
    for data, fds in many:
        for _ in range(repetitions // batch // len(many)):
            for _ in range(batch):
                if not frontend.send(data, fds):
                    sys.exit("the connection was closed")
            if any(frontend.reply() is None for _ in range(batch)):
                sys.exit("the connection was closed")
    frontend.close()


def stalled(frontend, files, repetitions):
    """Half a message, and nothing after it: the daemon has to end this."""
    frontend.connect()
    frontend.send(message(SET_FEATURES, u64(0))[:7])
    if frontend.take(1) is not None:
        sys.exit("half a message was answered")
    frontend.close()


def main():
    attacks = [shapes, truncated, in_bytes, wrong_files, connections, unread, repeated, stalled]
    attack = {a.__name__: a for a in attacks}[sys.argv[2]]
    attack(Frontend(sys.argv[1]), Files(), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    print(attack.__doc__)


main()

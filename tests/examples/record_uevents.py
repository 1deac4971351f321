#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Makes the Linux kernel send hot-plug events and records the datagrams byte for byte.

    record_uevents.py OUTPUT_DIRECTORY [--processor-offline]

Root only: it writes to files under /sys/devices/system. Every state that it changes is put back, also when
it is interrupted. --processor-offline takes processor 1 offline for an instant as well.

Each trigger gives NAME.bin: exactly the bytes of one recv() on a NETLINK_KOBJECT_UEVENT socket bound to the
kernel's group (1). The first datagram of the trigger's own subsystem and device is kept; what else the kernel
says meanwhile (other subsystems) goes to other_N.bin, a few of them, as examples of traffic to be ignored.
"""
import contextlib
import os
import pathlib
import select
import socket
import sys

NETLINK_KOBJECT_UEVENT = 15
KERNEL_GROUP = 1
SYSTEM = pathlib.Path("/sys/devices/system")
OTHERS_KEPT = 3


def fields(datagram):
    """The KEY=VALUE strings of a datagram, without its header."""
    strings = datagram.split(b"\0")[1:]
    return dict(text.split(b"=", 1) for text in strings if b"=" in text)


class recorder:
    def __init__(self, output):
        self.output = output
        self.others = 0
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_KOBJECT_UEVENT)
        self.socket.bind((0, KERNEL_GROUP))

    def save(self, name, datagram):
        (self.output / f"{name}.bin").write_bytes(datagram)
        print(f"{name}.bin: {len(datagram)} bytes, {datagram.split(bytes(1), 1)[0].decode(errors='replace')}")

    def expect(self, name, action, subsystem, device):
        """Reads until the wanted event arrives; keeps it, and a few of the others."""
        while True:
            if not select.select([self.socket], [], [], 5.0)[0]:
                raise SystemExit(f"{name}: the kernel sent nothing for 5 seconds")
            datagram, (sender, _) = self.socket.recvfrom(65536)
            if sender != 0:
                continue  # a program's message, not the kernel's
            keys = fields(datagram)
            wanted = (action, subsystem, device)
            if (keys.get(b"ACTION"), keys.get(b"SUBSYSTEM"), keys.get(b"DEVPATH")) == tuple(w.encode() for w in wanted):
                return self.save(name, datagram)
            if keys.get(b"SUBSYSTEM") not in (b"cpu", b"memory") and self.others < OTHERS_KEPT:
                self.others += 1
                self.save(f"other_{self.others}", datagram)


@contextlib.contextmanager
def restored(path):
    """Whatever happens inside, the file says afterwards what it said before."""
    before = path.read_text()
    try:
        yield
    finally:
        if path.read_text() != before:
            path.write_text(before)


def removable_memory_blocks():
    """Online blocks that the kernel says can go offline, highest first; it may still refuse (pages in use)."""
    for block in sorted(SYSTEM.glob("memory/memory*"), key=lambda p: int(p.name[6:]), reverse=True):
        with contextlib.suppress(OSError):
            if (block / "removable").read_text().strip() == "1" and (block / "state").read_text().strip() == "online":
                yield block


def main():
    arguments = [word for word in sys.argv[1:] if not word.startswith("--")]
    if len(arguments) != 1:
        raise SystemExit(__doc__)
    if os.geteuid() != 0:
        raise SystemExit("root is needed: the files under /sys/devices/system are writable for root only")
    record = recorder(pathlib.Path(arguments[0]))

    processor = SYSTEM / "cpu/cpu1"
    (processor / "uevent").write_text("add")
    record.expect("cpu_synthetic_add", "add", "cpu", "/devices/system/cpu/cpu1")
    (processor / "uevent").write_text("add 01234567-89ab-cdef-0123-456789abcdef REASON=test")
    record.expect("cpu_synthetic_add_uuid", "add", "cpu", "/devices/system/cpu/cpu1")
    (processor / "uevent").write_text("change")
    record.expect("cpu_synthetic_change", "change", "cpu", "/devices/system/cpu/cpu1")

    for block in removable_memory_blocks():
        device = "/devices/system/memory/" + block.name
        with restored(block / "state"):
            try:
                (block / "state").write_text("offline")
            except OSError as refused:
                print(f"{block.name}: {refused.strerror}; trying the next one", file=sys.stderr)
                continue
            record.expect("memory_offline", "offline", "memory", device)
            (block / "state").write_text("online")
            record.expect("memory_online", "online", "memory", device)
        (block / "uevent").write_text("add")
        record.expect("memory_synthetic_add", "add", "memory", device)
        break

    pathlib.Path("/sys/class/net/lo/uevent").write_text("add")
    pathlib.Path("/sys/class/mem/null/uevent").write_text("change")
    (processor / "uevent").write_text("remove")  # an announcement only: the processor stays
    record.expect("cpu_synthetic_remove", "remove", "cpu", "/devices/system/cpu/cpu1")

    if "--processor-offline" in sys.argv and (processor / "online").exists():
        with restored(processor / "online"):
            (processor / "online").write_text("0")
            record.expect("cpu_offline", "offline", "cpu", "/devices/system/cpu/cpu1")
            (processor / "online").write_text("1")
            record.expect("cpu_online", "online", "cpu", "/devices/system/cpu/cpu1")


main()

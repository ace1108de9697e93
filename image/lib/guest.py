"""A card with the finished image, and the machine that starts from it (qemu's "virt", or a Raspberry Pi 3), for image/boot-test."""
import contextlib
import json
import os
import socket
import subprocess
import time

BOOT_AT = 1 << 20
# What the machine says goes to its serial line, so that a test that fails tells why.
TALK = "systemd.journald.forward_to_console=1"
MIB = 1 << 20


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


class Card:
    """A copy of the image on a larger card; its partitions are reached with mtools and debugfs, never mounted."""

    def __init__(self, image, path, size_mib):
        run("cp", "--sparse=always", image, path)
        run("truncate", "-s", f"{size_mib}M", path)
        self.path = path
        table = run("sfdisk", "-d", path)
        self.starts = [int(line.split("start=")[1].split(",")[0]) * 512 for line in table.splitlines() if "start=" in line]

    def put(self, source, name):
        run("mcopy", "-o", "-i", f"{self.path}@@{BOOT_AT}", source, f"::/{name}")

    def put_secret(self, name, text, folder):
        source = os.path.join(folder, "secret")
        with open(source, "w") as f:
            f.write(text)
        subprocess.run(["mmd", "-D", "s", "-i", f"{self.path}@@{BOOT_AT}", "::/secrets"], capture_output=True)
        self.put(source, f"secrets/{name}")

    def boot_file(self, name):
        try:
            return run("mtype", "-i", f"{self.path}@@{BOOT_AT}", f"::/{name}")
        except subprocess.CalledProcessError:
            return None

    def fetch(self, name, target):
        run("mcopy", "-n", "-o", "-i", f"{self.path}@@{BOOT_AT}", f"::/{name}", target)

    def _data(self, command, write=False):
        """Only with the power off: what was cut off lies in the journal and is played back first."""
        target = f"{self.path}?offset={self.starts[3]}"
        subprocess.run(["e2fsck", "-p", "-E", "journal_only", target], capture_output=True)
        return run("debugfs", *(["-w"] if write else []), "-R", command, target)

    def data_file(self, name):
        text = self._data(f"cat {name}").strip()
        return text or None

    def write_data(self, name, text, folder):
        source = os.path.join(folder, "put")
        with open(source, "w") as f:
            f.write(text)
        self._data(f"rm {name}", write=True)
        self._data(f"write {source} {name}", write=True)

    def wipe(self, slot):
        """What a torn update leaves: the first MiB of the slot is zero."""
        with open(self.path, "r+b") as f:
            f.seek(self.starts[1 if slot == "a" else 2])
            f.write(bytes(MIB))

    def data_mib(self):
        for line in run("sfdisk", "-d", self.path).splitlines():
            if line.startswith(self.path + "4 "):
                return int(line.split("size=")[1].split(",")[0]) // 2048
        return None


class Stick:
    """A stick labelled CITYEDGE, as a file."""

    def __init__(self, path, size_mib):
        run("truncate", "-s", f"{size_mib}M", path)
        run("mkfs.vfat", "-F", "32", "-n", "CITYEDGE", path)
        self.path = path

    def put(self, source, name):
        run("mcopy", "-o", "-i", self.path, source, f"::/{name}")

    def read(self, name):
        try:
            return run("mtype", "-i", self.path, f"::/{name}")
        except subprocess.CalledProcessError:
            return None


class Guest:
    """One power-on of a `machine`: "efi" by the firmware and the boot loader, "kernel" with the boot partition's kernel directly,
    "raspi3b" the same on the board, its device tree, card reader and USB network adapter."""

    def __init__(self, card, folder, machine, forward, stick=None, line=None):
        """`forward` has ports of this machine by those of the guest's; `line` is where the other end of a serial adapter will be, once it is plugged in."""
        self.wire = os.path.join(folder, "wire")
        self.log = os.path.join(folder, "serial.log")
        command = ["nice", "-n", str(max(0, 10 - os.nice(0))), "qemu-system-aarch64", "-accel", "tcg,thread=multi,tb-size=256", "-display", "none", "-monitor", "none",
                   "-no-reboot", "-qmp", f"unix:{self.wire},server=on,wait=off", "-m", "1024",
                   "-netdev", "user,id=net" + "".join(f",hostfwd=tcp:127.0.0.1:{here}-:{there}" for there, here in forward.items())]
        command += self._board(card, folder) if machine == "raspi3b" else self._virt(card, folder, machine == "efi", stick)
        if line:
            # With qemu's xhci the machine stood still as soon as the adapter was there.
            command += ["-device", "pci-ohci", "-chardev", f"socket,id=line,path={line},server=on,wait=off"]
        open(self.log, "w").close()
        self.started = time.monotonic()
        self.process = subprocess.Popen(command, start_new_session=True)

    def _virt(self, card, folder, efi, stick):
        command = ["-M", "virt,gic-version=3", "-cpu", "cortex-a72", "-smp", "2", "-serial", f"file:{self.log}",
                   "-drive", f"file={card.path},format=raw,if=none,id=card,cache=writethrough", "-device", "virtio-blk-pci,drive=card",
                   "-device", "virtio-net-pci,netdev=net,romfile=", "-device", "virtio-rng-pci"]
        if stick:
            command += ["-drive", f"file={stick},format=raw,if=none,id=stick", "-device", "virtio-blk-pci,drive=stick"]
        if efi:
            # systemd-boot takes this word from the machine's tables; the image stays as it is.
            return command + ["-bios", "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd", "-smbios", f"type=11,value=io.systemd.boot.kernel-cmdline-extra={TALK}"]
        # A machine without firmware has its power button on line 3 of a PL061; left alone by the kernel's keys it is a line like any other.
        return command + self._kernel(card, folder, "console=ttyAMA0 panic=10 module_blacklist=gpio_keys")

    def _board(self, card, folder):
        """The firmware's part is played by qemu: it hands over the kernel, the initrd and the device tree that the firmware would take from the card."""
        tree = "bcm2837-rpi-3-b.dtb"
        card.fetch(tree, os.path.join(folder, tree))
        # Qemu takes the start of this watchdog for its end and resets the board (hw/misc/bcm2835_powermgt.c).
        arguments = "console=ttyS1,115200 panic=10 module_blacklist=bcm2835_wdt"
        # The PL011 is the radio's on this board; the header has the mini UART, which is the second serial line.
        return ["-M", "raspi3b", "-serial", "null", "-serial", f"file:{self.log}", "-drive", f"file={card.path},format=raw,if=sd,cache=writethrough",
                "-usb", "-device", "usb-net,netdev=net", "-dtb", os.path.join(folder, tree)] + self._kernel(card, folder, arguments)

    @staticmethod
    def _kernel(card, folder, arguments):
        for name in ("vmlinuz", "initrd.img"):
            card.fetch(name, os.path.join(folder, name))
        return ["-kernel", os.path.join(folder, "vmlinuz"), "-initrd", os.path.join(folder, "initrd.img"), "-append", f"{arguments} {TALK}"]

    def alive(self):
        return self.process.poll() is None

    def seconds(self):
        return time.monotonic() - self.started

    def wait_log(self, text, limit):
        while self.alive() and self.seconds() < limit:
            with open(self.log, errors="replace") as f:
                if text in f.read():
                    return True
            time.sleep(0.5)
        return False

    def plug(self):
        """Puts the serial adapter into a USB socket (an FTDI 232BM)."""
        self._tell("device_add", driver="usb-serial", chardev="line", id="adapter", **{"always-plugged": True})

    def unplug(self):
        self._tell("device_del", id="adapter")

    def _tell(self, word, **arguments):
        with self._talk() as talk:
            self._ask(talk, word, **arguments)

    @contextlib.contextmanager
    def _talk(self):
        with socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(60)
            wire.connect(self.wire)
            with wire.makefile("rw") as talk:
                talk.readline()
                self._ask(talk, "qmp_capabilities")
                yield talk

    def press(self, seconds):
        """Holds the button's line high. Each request does so for 10 ms (qemu hw/gpio/gpio_key.c), and the next one begins before that is over."""
        with self._talk() as talk:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                self._ask(talk, "system_powerdown")

    @staticmethod
    def _ask(talk, word, **arguments):
        talk.write(json.dumps({"execute": word, "arguments": arguments}) + "\n")
        talk.flush()
        # Events come between; a machine that goes ends them.
        for line in talk:
            answer = json.loads(line)
            if "error" in answer:
                raise OSError(f"{word}: {answer['error']}")
            if "return" in answer:
                return
        raise OSError(f"{word}: the machine is gone")

    def cut(self):
        """The power goes: nothing in the guest learns of it."""
        if self.alive():
            self.process.kill()
        self.process.wait()

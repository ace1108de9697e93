"""What stands around the gateway in image/boot-test: a broker, a CoAP sensor, a time server. All on the loopback address."""
import glob
import json
import os
import socket
import struct
import subprocess
import threading
import time


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Sensor(threading.Thread):
    """Answers GET /pm25 with its value as text (RFC 7252, piggybacked)."""

    def __init__(self):
        super().__init__(daemon=True)
        self.value = 35.0
        self.asked = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            packet, peer = self.socket.recvfrom(1500)
            if len(packet) < 4 or packet[0] >> 6 != 1 or packet[1] != 1:  # version 1, GET
                continue
            token = packet[4:4 + (packet[0] & 15)]
            confirmable = (packet[0] >> 4) & 3 == 0
            self.asked += 1
            head = bytes([0x40 | (0x20 if confirmable else 0x10) | len(token), 0x45]) + packet[2:4] + token  # 2.05
            # Content-Format 0 (text) is an option 12 without a value.
            self.socket.sendto(head + b"\xc0\xff" + str(self.value).encode(), peer)


class Clock(threading.Thread):
    """An SNTP server on port 123 (RFC 4330), which a gateway without internet would have in its own network."""

    def __init__(self):
        super().__init__(daemon=True)
        self.asked = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 123))
        self.start()

    def run(self):
        while True:
            packet, peer = self.socket.recvfrom(512)
            if len(packet) < 48:
                continue
            self.asked += 1
            now = time.time() + 2208988800
            stamp = struct.pack("!II", int(now), int((now % 1) * 2**32))
            self.socket.sendto(struct.pack("!BBbbII4s", 0x24, 1, 6, -20, 0, 16, b"LOCL") + stamp + packet[40:48] + stamp + stamp, peer)


class Receiver(threading.Thread):
    """A GNSS receiver on the road north at 10 m/s, from the moment on that its line is there: RMC and GGA once a second (NMEA 0183)."""

    def __init__(self, line):
        super().__init__(daemon=True)
        self.line = line
        self.lat = 30.7
        self.lon = 104.2
        self.start()

    def run(self):
        while not os.path.exists(self.line):
            time.sleep(0.5)
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(self.line)
            try:
                while True:
                    self.lat += 10 / 111_320  # metres of a degree
                    now = time.gmtime()
                    place = f"{self._angle(self.lat, 2)},N,{self._angle(self.lon, 3)},E"
                    clock = time.strftime("%H%M%S.00", now)
                    line.sendall(self._sentence(f"GPRMC,{clock},A,{place},19.4,0.0,{time.strftime('%d%m%y', now)},,,A"))
                    line.sendall(self._sentence(f"GPGGA,{clock},{place},1,09,0.9,500.0,M,0.0,M,,"))
                    time.sleep(1)
            except OSError:
                pass  # the machine is off

    @staticmethod
    def _angle(degrees, digits):
        whole = int(degrees)
        return f"{whole:0{digits}d}{(degrees - whole) * 60:07.4f}"

    @staticmethod
    def _sentence(body):
        check = 0
        for byte in body.encode():
            check ^= byte
        return f"${body}*{check:02X}\r\n".encode()


class Camera:
    """The demo's camera, a program of its own; its scene begins with the first viewer."""

    def __init__(self, project):
        here = os.path.dirname(os.path.realpath(__file__))
        jars = os.path.join(project, "test-fixtures/target/dist/*")
        self.process = subprocess.Popen([java(), "-cp", jars, os.path.join(here, "Camera.java")], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline() or 0)

    def close(self):
        self.process.terminate()
        self.process.wait()


def java():
    """A JDK 25, found as the project's other scripts find it."""
    for home in (os.environ.get("JAVA25_HOME"), os.environ.get("JAVA_HOME"), *sorted(glob.glob("/usr/lib/jvm/*"))):
        try:
            with open(os.path.join(home or "", "release")) as f:
                if 'JAVA_VERSION="25' in f.read():
                    return os.path.join(home, "bin/java")
        except OSError:
            pass
    raise FileNotFoundError("no JDK 25: set JAVA_HOME")


class Broker:
    """Mosquitto, and whatever comes to it: the newest state and the alerts of the gateway."""

    def __init__(self, folder):
        self.port = free_port()
        config = os.path.join(folder, "mosquitto.conf")
        with open(config, "w") as f:
            f.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 1000\nmax_queued_messages 0\nlog_type all\nlog_timestamp_format %H:%M:%S\n")
        self.log = os.path.join(folder, "mosquitto.log")
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(["mosquitto", "-c", config], stdout=log, stderr=log)
        self.heard = []
        self.lock = threading.Condition()
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        self.ear = subprocess.Popen(["mosquitto_sub", "-p", str(self.port), "-t", "city/#", "-q", "1", "-F", "%t %x"], stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.ear.stdout:
            topic, _, digits = line.strip().partition(" ")
            payload = bytes.fromhex(digits)
            try:
                payload = json.loads(payload)
            except ValueError:
                pass  # a picture
            with self.lock:
                self.heard.append((time.monotonic(), topic, payload))
                self.lock.notify_all()

    def wait(self, what, since, limit, alive=lambda: True):
        """The first message after `since` of which `what(topic, payload)` holds; None when none came in `limit` seconds."""
        deadline = time.monotonic() + limit
        seen = 0
        with self.lock:
            while True:
                for at, topic, payload in self.heard[seen:]:
                    if at >= since and what(topic, payload if isinstance(payload, dict) else {}):
                        return at, topic, payload
                seen = len(self.heard)
                if time.monotonic() >= deadline or not alive():
                    return None
                self.lock.wait(1)

    def close(self):
        for process in (self.ear, self.process):
            process.terminate()
            process.wait()

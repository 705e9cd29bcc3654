"""Asks nodes with nothing but sockets, JSON and the `openssl` program: the wire protocol, written out once more.

Reads from standard input, as JSON, who asks and what; prints what came back as JSON, a list for each question. Both
versions of the protocol are here: version 1 with a certificate and RSA, version 2 with a token and ed25519. Nothing is
shared with the programs that answer, so that both ends cannot make the same mistake.
"""

import base64
import hashlib
import json
import os
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import time


def b64(data):
    return base64.b64encode(data).decode()


def compact(value):
    return json.dumps(value, separators=(",", ":"))


class Broker:
    """A connection to a NATS server, with TLS."""

    def __init__(self, host, port, authorities, certificate=None, key=None):
        plain = socket.create_connection((host, port), timeout=30)
        greeting = b""
        while not greeting.endswith(b"\r\n"):
            greeting += plain.recv(1)
        self.info = json.loads(greeting[len(b"INFO "):])
        context = ssl.create_default_context(cafile=authorities)
        # Authorities of tests say less of themselves than newer Pythons want to know.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if certificate:
            context.load_cert_chain(certificate, key)
        self.stream = context.wrap_socket(plain, server_hostname=host)
        self.buffer = b""
        self.inboxes = 0

    def connect(self, token=None, sign=None):
        options = {
            "verbose": False,
            "pedantic": False,
            "tls_required": True,
            "name": "raw client",
            "lang": "python",
            "version": "0",
            "protocol": 1,
        }
        if token:
            options["auth_token"] = token
            nonce = self.info.get("nonce")
            if nonce:
                signed = base64.urlsafe_b64encode(sign(nonce.encode()))
                options["sig"] = signed.rstrip(b"=").decode()
        self.stream.sendall(f"CONNECT {compact(options)}\r\nPING\r\n".encode())
        self.expect_pong()

    def expect_pong(self):
        while True:
            line = self.line(time.monotonic() + 30)
            if line is None:
                raise TimeoutError("the broker is silent")
            if line == b"PONG":
                return
            if line.startswith(b"-ERR"):
                raise ConnectionError(line.decode())

    def subscribe(self, subject):
        self.inboxes += 1
        self.stream.sendall(f"SUB {subject} {self.inboxes}\r\nPING\r\n".encode())
        self.expect_pong()

    def publish(self, subject, payload):
        head = f"PUB {subject} {len(payload)}\r\n".encode()
        self.stream.sendall(head + payload + b"\r\n")

    def fill(self, until):
        """Reads once; false when nothing came in time."""
        if not self.stream.pending():
            left = max(0.0, until - time.monotonic())
            if not select.select([self.stream], [], [], left)[0]:
                return False
        data = self.stream.recv(65536)
        if not data:
            raise ConnectionError("the broker went away")
        self.buffer += data
        return True

    def line(self, until):
        while b"\r\n" not in self.buffer:
            if not self.fill(until):
                return None
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def message(self, until):
        """The next message; None when none came in time."""
        while True:
            line = self.line(until)
            if line is None:
                return None
            if line == b"PING":
                self.stream.sendall(b"PONG\r\n")
            elif line.startswith(b"MSG "):
                size = int(line.split(b" ")[-1])
                while len(self.buffer) < size + 2:
                    self.fill(time.monotonic() + 30)
                payload, self.buffer = self.buffer[:size], self.buffer[size + 2:]
                return payload


class Asker:
    """Whoever asks."""

    def __init__(self, who, home):
        self.caller = who["caller"]
        self.collective = who["collective"]
        self.home = home

    def unique(self):
        return hashlib.md5(self.caller.encode()).hexdigest()

    def sign_with(self, key, data, *options):
        path = os.path.join(self.home, "signed")
        with open(path, "wb") as file:
            file.write(data)
        command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", path, *options]
        return subprocess.run(command, check=True, capture_output=True).stdout


class One(Asker):
    """Version 1: a certificate, and RSA."""

    def __init__(self, who, home):
        super().__init__(who, home)
        self.key = who["key"]
        with open(who["certificate"]) as file:
            self.certificate = file.read()
        self.token = None

    def sign(self, data):
        return self.sign_with(self.key, data, "-digest", "sha256")

    def request(self, question, reply_to, wrong):
        identifier = os.urandom(16).hex()
        agents = [] if question["agent"] == "discovery" else [question["agent"]]
        request = {
            "protocol": "choria:request:1",
            "message": b64(question["body"].encode()),
            "envelope": {
                "requestid": identifier,
                "senderid": "client.example.net",
                "callerid": wrong.get("caller", self.caller),
                "collective": self.collective,
                "agent": question["agent"],
                "ttl": 60,
                "time": int(time.time()) - wrong.get("seconds_ago", 0),
                "filter": {"fact": [], "cf_class": [], "agent": agents, "identity": [], "compound": []},
            },
        }
        message = compact(request)
        signature = self.sign(message.encode())
        if wrong.get("signature"):
            signature = bytes([signature[0] ^ 1]) + signature[1:]
        secure = {
            "protocol": "choria:secure:request:1",
            "message": message,
            "signature": b64(signature),
            "pubcert": self.certificate,
        }
        transport = {
            "protocol": "choria:transport:1",
            "data": b64(compact(secure).encode()),
            "headers": {"reply-to": reply_to, "mc_sender": "client.example.net"},
        }
        return compact(transport).encode()

    def reply(self, payload):
        transport = json.loads(payload)
        assert transport["protocol"] == "choria:transport:1", transport["protocol"]
        secure = json.loads(base64.b64decode(transport["data"]))
        assert secure["protocol"] == "choria:secure:reply:1", secure["protocol"]
        message = secure["message"].encode()
        assert secure["hash"] == b64(hashlib.sha256(message).digest()), "the hash is another one"
        reply = json.loads(message)
        assert reply["protocol"] == "choria:reply:1", reply["protocol"]
        return reply["envelope"]["senderid"], reply["message"]


class Two(Asker):
    """Version 2: a token, and ed25519."""

    def __init__(self, who, home):
        super().__init__(who, home)
        self.token = who["token"]
        self.key = os.path.join(home, "seed.pem")
        # The frame of PKCS #8 around the 32 bytes of a seed.
        framed = bytes.fromhex("302e020100300506032b657004220420" + who["seed"])
        with open(self.key, "w") as file:
            file.write(f"-----BEGIN PRIVATE KEY-----\n{b64(framed)}\n-----END PRIVATE KEY-----\n")

    def sign(self, data):
        return self.sign_with(self.key, data)

    @staticmethod
    def body(question):
        """The body of a ping is base64 already: nodes read as base64 whatever can be, and `ping` can."""
        body = question["body"]
        return b64(body.encode()) if question["agent"] == "discovery" else body

    @staticmethod
    def identifier():
        """A KSUID."""
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        second = int(time.time()) - 1_400_000_000
        number = int.from_bytes(second.to_bytes(4, "big") + os.urandom(16), "big")
        text = ""
        for _ in range(27):
            number, digit = divmod(number, 62)
            text = digits[digit] + text
        return text

    def request(self, question, reply_to, wrong):
        request = {
            "protocol": "io.choria.protocol.v2.request",
            "message": b64(self.body(question).encode()),
            "id": self.identifier(),
            "sender": "client.example.net",
            "caller": wrong.get("caller", self.caller),
            "collective": self.collective,
            "agent": question["agent"],
            "ttl": 60,
            "time": time.time_ns() - wrong.get("seconds_ago", 0) * 1_000_000_000,
        }
        if question["agent"] != "discovery":
            request["filter"] = {
                "fact": [], "cf_class": [], "agent": [question["agent"]], "identity": [], "compound": [],
            }
        message = compact(request).encode()
        signature = self.sign(message)
        if wrong.get("signature"):
            signature = bytes([signature[0] ^ 1]) + signature[1:]
        secure = {
            "protocol": "io.choria.protocol.v2.secure_request",
            "request": b64(message),
            "signature": b64(signature),
            "caller": self.token,
        }
        transport = {
            "protocol": "io.choria.protocol.v2.transport",
            "data": b64(compact(secure).encode()),
            "headers": {"reply": reply_to, "sender": "client.example.net"},
        }
        return compact(transport).encode()

    def reply(self, payload):
        transport = json.loads(payload)
        assert transport["protocol"] == "io.choria.protocol.v2.transport", transport["protocol"]
        secure = json.loads(base64.b64decode(transport["data"]))
        assert secure["protocol"] == "io.choria.protocol.v2.secure_reply", secure["protocol"]
        message = base64.b64decode(secure["reply"])
        assert secure["hash"] == b64(hashlib.sha256(message).digest()), "the hash is another one"
        self.check(secure, message)
        reply = json.loads(message)
        assert reply["protocol"] == "io.choria.protocol.v2.reply", reply["protocol"]
        return reply["sender"], base64.b64decode(reply["message"]).decode()

    def check(self, secure, message):
        """The node's signature, by the key in its token."""
        part = secure["sender"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        # The frame of a public key around its 32 bytes.
        framed = bytes.fromhex("302a300506032b6570032100" + claims["public_key"])
        files = {"public.pem": None, "signature": base64.b64decode(secure["signature"]), "message": message}
        files["public.pem"] = f"-----BEGIN PUBLIC KEY-----\n{b64(framed)}\n-----END PUBLIC KEY-----\n".encode()
        paths = {}
        for name, content in files.items():
            paths[name] = os.path.join(self.home, name)
            with open(paths[name], "wb") as file:
                file.write(content)
        command = [
            "openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", paths["public.pem"],
            "-in", paths["message"], "-sigfile", paths["signature"],
        ]
        subprocess.run(command, check=True, capture_output=True)


def ask(broker, asker, number, question):
    """Sends one question, and waits for as many replies as are expected, or as long as is said."""
    wrong = question.get("wrong", {})
    reply_to = f"{asker.collective}.reply.{asker.unique()}.{number}"
    broker.subscribe(reply_to)
    payload = asker.request(question, reply_to, wrong)
    targets = question.get("nodes")
    if targets:
        subjects = [f"{asker.collective}.node.{node}" for node in targets]
    else:
        subjects = [f"{asker.collective}.broadcast.agent.{question['agent']}"]
    for subject in subjects:
        broker.publish(subject, payload)
    replies = []
    until = time.monotonic() + question["seconds"]
    while len(replies) < question["expected"]:
        message = broker.message(until)
        if message is None:
            break
        sender, body = asker.reply(message)
        body = body if question["agent"] == "discovery" else json.loads(body)
        replies.append({"sender": sender, "body": body})
    return sorted(replies, key=lambda it: it["sender"])


def main():
    told = json.load(sys.stdin)
    who = told["who"]
    with tempfile.TemporaryDirectory() as home:
        asker = {1: One, 2: Two}[who["version"]](who, home)
        broker = Broker(**told["broker"])
        broker.connect(asker.token, asker.sign)
        answers = [ask(broker, asker, *it) for it in enumerate(told["questions"])]
    json.dump(answers, sys.stdout)


main()

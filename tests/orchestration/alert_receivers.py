"""A web server and a mail server on this machine that keep what they are sent."""

import email
import email.policy
import json
import socketserver
from http.server import BaseHTTPRequestHandler, HTTPServer


class Receiver(HTTPServer):
    """A webhook. answers: status and body of the next requests; then 200."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Post)
        self.bodies: list[dict] = []
        self.answers: list[tuple[int, bytes]] = []


class _Post(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(json.loads(body))
        status, answer = self.server.answers.pop(0) if self.server.answers else (200, b"{}")
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_) -> None:
        pass


class MailServer(socketserver.ThreadingTCPServer):
    """As much of SMTP as takes a message. refusals: answers to the next MAIL commands."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.said: list[str] = []
        self.messages: list[email.message.EmailMessage] = []
        self.refusals: list[str] = []


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def answer(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        self.answer("220 test")
        while line := self.rfile.readline().decode().strip():
            self.server.said.append(line)
            word = line.split()[0].upper()
            if word == "EHLO":
                self.answer("250-test\r\n250 AUTH PLAIN")
            elif word == "AUTH":
                self.answer("235 welcome")
            elif word == "MAIL" and self.server.refusals:
                self.answer(self.server.refusals.pop(0))
            elif word == "DATA":
                self.answer("354 go on")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part)
                message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                self.server.messages.append(message)
                self.answer("250 taken")
            elif word == "QUIT":
                self.answer("221 bye")
                return
            elif word == "STARTTLS":
                self.answer("502 not here")
            else:
                self.answer("250 ok")

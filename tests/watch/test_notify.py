"""Webhooks and mails to servers of the tests' own, on this machine."""

from __future__ import annotations

import contextlib
import email
import hashlib
import hmac
import http.server
import json
import shutil
import socketserver
import ssl
import subprocess
import threading
from dataclasses import dataclass, field

import pytest

from stopgap.base.errors import RefusedError, UnreachableError, UsageError
from stopgap.watch.notify import make_mail, make_webhook

NOTICE = {
    "id": "abc123",
    "title": "russia-2022, report 3, v1 to v2: 1 event",
    "document": {"events": [{"text": "Türkiye revised 2 figures"}]},
    "text": "# russia-2022\n\n- Türkiye revised 2 figures\n",
}
SECRET = "s3cret-path"


@dataclass
class Received:
    """What a server got, and the statuses it answers with, the last one for ever."""

    statuses: list[int] = field(default_factory=lambda: [200])
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0


@pytest.fixture
def receiver():
    got = Received()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            status = got.statuses.pop(0) if len(got.statuses) > 1 else got.statuses[0]
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        got.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield got
        server.shutdown()
        thread.join()


@pytest.fixture
def waits():
    return []


@pytest.fixture
def webhook(receiver, waits, monkeypatch):
    monkeypatch.setenv("STOPGAP_WEBHOOK_KEY", "shared key")
    return make_webhook(
        f"http://127.0.0.1:{receiver.port}/hooks/{SECRET}", key_env=None, allow_http=False, sleep=waits.append
    )


def test_the_report_arrives_signed(webhook, receiver):
    webhook.send(NOTICE)
    [(path, headers, body)] = receiver.requests
    assert path == f"/hooks/{SECRET}"
    assert json.loads(body) == NOTICE["document"]
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["x-stopgap-delivery"] == "abc123"
    expected = hmac.new(b"shared key", body, hashlib.sha256).hexdigest()
    assert headers["x-stopgap-signature"] == f"sha256={expected}"


def test_without_a_key_there_is_no_signature(receiver, waits, monkeypatch):
    monkeypatch.delenv("STOPGAP_WEBHOOK_KEY", raising=False)
    hook = make_webhook(f"http://127.0.0.1:{receiver.port}/", key_env=None, allow_http=False, sleep=waits.append)
    hook.send(NOTICE)
    assert "x-stopgap-signature" not in receiver.requests[0][1]


def test_a_passing_fault_is_tried_again_with_longer_waits(webhook, receiver, waits):
    receiver.statuses = [503, 429, 200]
    webhook.send(NOTICE)
    assert len(receiver.requests) == 3
    assert waits == [1.0, 2.0]
    assert len({headers["x-stopgap-delivery"] for _, headers, _ in receiver.requests}) == 1


def test_a_fault_that_stays_ends_after_four_attempts(webhook, receiver, waits):
    receiver.statuses = [500]
    with pytest.raises(UnreachableError, match="not delivered: status 500"):
        webhook.send(NOTICE)
    assert len(receiver.requests) == 4


@pytest.mark.parametrize("status", [302, 400, 404, 410])
def test_a_refusal_is_not_tried_again_and_not_followed(webhook, receiver, waits, status):
    receiver.statuses = [status]
    with pytest.raises(UnreachableError, match=f"status {status}"):
        webhook.send(NOTICE)
    assert len(receiver.requests) == 1


def test_nobody_there_is_an_error_that_names_the_host_alone(waits):
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as free:
        port = free.server_address[1]
    hook = make_webhook(f"http://127.0.0.1:{port}/{SECRET}", key_env=None, allow_http=False, sleep=waits.append)
    with pytest.raises(UnreachableError) as raised:
        hook.send(NOTICE)
    assert raised.value.where == f"127.0.0.1:{port}"
    assert SECRET not in str(raised.value)
    assert SECRET not in repr(hook)
    assert SECRET not in hook.name


def test_plain_http_to_another_machine_is_refused_unless_allowed():
    with pytest.raises(RefusedError, match="not encrypted"):
        make_webhook("http://hooks.example.org/x", key_env=None, allow_http=False, sleep=print)
    assert make_webhook("http://hooks.example.org/x", key_env=None, allow_http=True, sleep=print)
    assert make_webhook("https://hooks.example.org/x", key_env=None, allow_http=False, sleep=print)


@pytest.mark.parametrize("url", ["hooks.example.org", "ftp://x/y", "https://u:p@x/y", "https:///y", "file:///etc"])
def test_what_is_no_address_is_refused_without_repeating_it(url):
    with pytest.raises(UsageError) as raised:
        make_webhook(url, key_env=None, allow_http=False, sleep=print)
    assert url not in str(raised.value)


def test_a_key_that_was_named_and_is_not_there_is_an_error(monkeypatch):
    monkeypatch.delenv("HOOK_KEY", raising=False)
    with pytest.raises(UsageError, match="HOOK_KEY holds no key"):
        make_webhook("https://x.example/y", key_env="HOOK_KEY", allow_http=False, sleep=print)


@dataclass
class Mailbox:
    """What a mail server got: the words of the session, and the messages."""

    port: int = 0
    words: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    was_encrypted: bool = False


@contextlib.contextmanager
def mail_server(*, certificate=None, refuses_sign_in=False):
    """A small SMTP sink; offers STARTTLS where it has a certificate."""
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, text):
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self):
            self.say("220 sink")
            while line := self.rfile.readline():
                words = line.decode().strip()
                box.words.append(words)
                verb = words.split(" ")[0].upper()
                if verb == "EHLO":
                    offers = ["AUTH PLAIN"] + (["STARTTLS"] if certificate else [])
                    self.say("250-sink")
                    for offer in offers:
                        self.say(f"250-{offer}")
                    self.say("250 8BITMIME")
                elif verb == "STARTTLS":
                    self.say("220 go")
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(*certificate)
                    try:
                        self.connection = context.wrap_socket(self.request, server_side=True)
                    except ssl.SSLError:
                        return
                    self.rfile = self.connection.makefile("rb")
                    self.wfile = self.connection.makefile("wb", buffering=0)
                    box.was_encrypted = True
                elif verb == "AUTH":
                    self.say("535 no: " + words if refuses_sign_in else "235 in")
                elif verb == "DATA":
                    self.say("354 go")
                    lines = []
                    while (part := self.rfile.readline()) != b".\r\n":
                        lines.append(part)
                    box.messages.append(b"".join(lines))
                    self.say("250 kept")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def finish(self):
            with contextlib.suppress(OSError):
                self.connection.close()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request, address):
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield box
        server.shutdown()
        thread.join()


@pytest.fixture
def no_sign_in(monkeypatch):
    monkeypatch.delenv("STOPGAP_SMTP_USER", raising=False)
    monkeypatch.delenv("STOPGAP_SMTP_PASSWORD", raising=False)


@pytest.fixture
def sign_in(monkeypatch):
    monkeypatch.setenv("STOPGAP_SMTP_USER", "watcher")
    monkeypatch.setenv("STOPGAP_SMTP_PASSWORD", "pass-w0rd")


def test_a_mail_holds_the_report_and_the_json(no_sign_in):
    with mail_server() as box:
        mail = make_mail("analyst@example.org", smtp=f"127.0.0.1:{box.port}", sender="watch@example.org", tls="none")
        mail.send(NOTICE)
    [content] = box.messages
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert message["Subject"] == NOTICE["title"]
    assert (message["From"], message["To"]) == ("watch@example.org", "analyst@example.org")
    text, attached = message.get_body(("plain",)), next(message.iter_attachments())
    assert "Türkiye revised 2 figures" in text.get_content()
    assert json.loads(attached.get_content()) == NOTICE["document"]
    assert not any(words.startswith("AUTH") for words in box.words)


def test_a_server_without_starttls_gets_nothing(sign_in):
    with mail_server() as box:
        mail = make_mail("a@example.org", smtp=f"127.0.0.1:{box.port}", sender=None, tls="starttls")
        with pytest.raises(UnreachableError, match="STARTTLS"):
            mail.send(NOTICE)
    assert box.messages == []
    assert not any(words.startswith("AUTH") for words in box.words)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here")
    folder = tmp_path_factory.mktemp("certificate")
    files = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "36500", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", files[0], "-keyout", files[1]],
        check=True, capture_output=True,
    )  # fmt: skip
    return files


def test_starttls_then_sign_in_then_mail(certificate, sign_in, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with mail_server(certificate=certificate) as box:
        make_mail("a@example.org", smtp=f"127.0.0.1:{box.port}", sender=None, tls="starttls").send(NOTICE)
    assert box.was_encrypted
    assert len(box.messages) == 1
    verbs = [words.split(" ")[0].upper() for words in box.words]
    assert verbs.index("STARTTLS") < verbs.index("AUTH")


def test_a_certificate_that_is_not_trusted_gets_nothing(certificate, sign_in, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with mail_server(certificate=certificate) as box:
        mail = make_mail("a@example.org", smtp=f"127.0.0.1:{box.port}", sender=None, tls="starttls")
        with pytest.raises(UnreachableError, match="SSLCertVerificationError"):
            mail.send(NOTICE)
    assert box.messages == []


def test_a_refused_sign_in_shows_neither_name_nor_password(sign_in):
    """The server repeats what it was sent: the message must not."""
    with mail_server(refuses_sign_in=True) as box:
        mail = make_mail("a@example.org", smtp=f"127.0.0.1:{box.port}", sender=None, tls="none")
        with pytest.raises(UnreachableError) as raised:
            mail.send(NOTICE)
    assert "535" in raised.value.what
    sent = next(words.split(" ")[-1] for words in box.words if words.startswith("AUTH"))
    assert len(sent) > 8
    assert sent not in str(raised.value)
    assert "pass-w0rd" not in str(raised.value) + repr(mail)


def test_a_sign_in_in_the_clear_to_another_machine_is_refused(sign_in):
    with pytest.raises(RefusedError, match="in the clear"):
        make_mail("a@example.org", smtp="mail.example.org", sender=None, tls="none")


def test_a_title_with_a_line_break_adds_no_header(no_sign_in):
    with mail_server() as box:
        mail = make_mail("a@example.org", smtp=f"127.0.0.1:{box.port}", sender=None, tls="none")
        mail.send({**NOTICE, "title": "one\r\nBcc: other@example.org"})
    message = email.message_from_bytes(box.messages[0], policy=email.policy.default)
    assert message["Bcc"] is None
    assert message["Subject"] == "one Bcc: other@example.org"


@pytest.mark.parametrize(
    ("tls", "smtp", "host", "port"),
    [
        ("starttls", "mail.example.org", "mail.example.org", 587),
        ("tls", "mail.example.org", "mail.example.org", 465),
        ("none", "[::1]", "::1", 25),
        ("none", "localhost:2525", "localhost", 2525),
    ],
)
def test_servers_and_their_ports(no_sign_in, tls, smtp, host, port):
    mail = make_mail("a@example.org", smtp=smtp, sender=None, tls=tls)
    assert (mail.host, mail.port) == (host, port)


@pytest.mark.parametrize(
    ("to", "smtp"), [("nobody", "h"), ("a@b\r\nBcc: c@d", "h"), ("a@b", None), ("a@b", "h:x"), ("a@b", "http://h/")]
)
def test_what_is_no_address_or_server_is_refused(no_sign_in, to, smtp):
    with pytest.raises(UsageError):
        make_mail(to, smtp=smtp, sender=None, tls="starttls")

"""Alerts: a webhook and an e-mail to those who must know that a run failed or that the publication is late.

organization.yml (`alerts`) says where they go; secrets stand in the environment variables that it names.
"""

import json
import smtplib
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import TYPE_CHECKING

from orchestration.workspace import secret

if TYPE_CHECKING:
    from data_contracts.declarations.settings import Alerts, Mail, Webhook

ATTEMPTS = 3
WAIT_SECONDS = 2.0
PATIENCE_SECONDS = 10
MAX_TEXT = 4000  # chat services refuse longer messages


class NotDelivered(Exception):
    """An alert did not reach at least one of its receivers."""


class _MayPass(Exception):
    """A delivery that is worth another attempt."""


@dataclass(frozen=True)
class Alert:
    """What is told. event: `run_failed` or `publication_late`; details: names and values for programs that read it."""

    event: str
    subject: str
    text: str
    details: dict[str, str] = field(default_factory=dict)


def send(alerts: "Alerts", alert: Alert) -> list[str]:
    """Send an alert to every configured receiver; the receivers that took it, none where none is configured.

    A receiver that cannot be reached does not keep the alert from the others. Raises NotDelivered with what every one
    of them said.
    """
    ways: dict[str, Callable[[], None]] = {}
    if alerts.webhook:
        ways["webhook"] = lambda: _post(alerts.webhook, alert)
    if alerts.email:
        ways["e-mail"] = lambda: _mail(alerts.email, alert)
    failed = []
    for name, deliver in ways.items():
        try:
            _insist(deliver)
        except (NotDelivered, _MayPass) as error:
            failed.append(f"{name}: {error}")
    if failed:
        raise NotDelivered("; ".join(failed))
    return list(ways)


def _insist(deliver: Callable[[], None]) -> None:
    for attempt in range(ATTEMPTS):
        try:
            return deliver()
        except _MayPass:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(WAIT_SECONDS)


def _secret(variable: str) -> str:
    value = secret(variable)
    if not value:
        raise NotDelivered(f"the environment variable {variable}, which organization.yml names, is not set")
    return value


# --- webhook ------------------------------------------------------------------------------------------------------


def _body(form: str, alert: Alert) -> dict:
    """The message as a receiver takes it: ours for programs (and chat services that read `text`), or a chat bot's."""
    text = f"{alert.subject}\n{alert.text}"[:MAX_TEXT]
    if form == "feishu":
        return {"msg_type": "text", "content": {"text": text}}
    if form == "wecom":
        return {"msgtype": "text", "text": {"content": text}}
    return {"event": alert.event, "subject": alert.subject, "text": text, **alert.details}


def _post(webhook: "Webhook", alert: Alert) -> None:
    body = json.dumps(_body(webhook.format, alert), ensure_ascii=False).encode()
    address = _secret(webhook.url_variable)
    if not address.startswith(("https://", "http://")):  # the address is a secret and stands in no message
        raise NotDelivered(f"{webhook.url_variable} holds no http(s) address")
    try:
        request = urllib.request.Request(
            address, data=body, headers={"Content-Type": "application/json; charset=utf-8"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as response:
            answer = response.read(10_000)
    except urllib.error.HTTPError as error:
        with error:
            said = f"the receiver answered {error.code} {error.reason}"
        raise (_MayPass if error.code >= 500 or error.code == 429 else NotDelivered)(said) from None
    except ValueError:
        raise NotDelivered(f"{webhook.url_variable} holds no http(s) address") from None
    except OSError as error:
        raise _MayPass(f"the receiver cannot be reached ({getattr(error, 'reason', None) or error})") from None
    if refusal := _refusal(answer):
        raise NotDelivered(f"the receiver refused the message: {refusal}")


def _refusal(answer: bytes) -> str | None:
    """Chat bots answer 200 whatever they think of a message, and say it in a code."""
    try:
        said = json.loads(answer)
    except ValueError:
        return None
    code = said.get("code") or said.get("errcode") if isinstance(said, dict) else None
    return f"{code} {said.get('msg') or said.get('errmsg') or ''}".strip() if code else None


# --- e-mail -------------------------------------------------------------------------------------------------------


def _mail(mail: "Mail", alert: Alert) -> None:
    message = EmailMessage()
    message["Subject"] = " ".join(alert.subject.split())
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.recipients)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(alert.text)
    user = _secret(mail.user_variable) if mail.user_variable else None
    password = _secret(mail.password_variable) if mail.password_variable else ""
    try:
        with _connected(mail) as server:
            if user:
                server.login(user, password)
            refused = server.send_message(message)
    except smtplib.SMTPNotSupportedError as error:
        raise NotDelivered(f"{mail.server} does not support what the settings ask for: {error}") from None
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        kind = _MayPass if 400 <= error.smtp_code < 500 else NotDelivered
        raise kind(f"{mail.server} answered {error.smtp_code} {said}") from None
    except smtplib.SMTPRecipientsRefused as error:
        raise NotDelivered(f"{mail.server} refused {', '.join(error.recipients)}") from None
    except ssl.SSLError as error:
        raise NotDelivered(f"no secure connection to {mail.server}: {error}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise _MayPass(f"{mail.server}:{mail.port} cannot be reached ({error})") from None
    if refused:
        raise NotDelivered(f"{mail.server} refused {', '.join(refused)}")


def _connected(mail: "Mail") -> smtplib.SMTP:
    """A connection that is encrypted unless the settings say `none`: a password never goes in the clear by accident."""
    if mail.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(mail.server, mail.port, timeout=PATIENCE_SECONDS, context=context)
    server = smtplib.SMTP(mail.server, mail.port, timeout=PATIENCE_SECONDS)
    if mail.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server

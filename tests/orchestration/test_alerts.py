"""Alerts reach a web server and a mail server of this machine, and what keeps them from it is said."""

import os

import pytest
from alert_receivers import MailServer

from data_contracts.declarations.settings import Alerts
from orchestration import alerts
from orchestration.alerts import Alert, NotDelivered

ALERT = Alert("run_failed", "HelioLedger 北厂: run failed 运行失败", "organization.yml 无效\nline 2", {"run_id": "abc"})


def webhook(form: str = "json") -> Alerts:
    return Alerts(webhook={"url_variable": "TEST_WEBHOOK", "format": form})


def mail(server: MailServer, **settings) -> Alerts:
    settings = {"security": "none", "sender": "ledger@example.com", "recipients": ["a@x.cn", "b@x.cn"]} | settings
    return Alerts(email={"server": "127.0.0.1", "port": server.server_address[1], **settings})


@pytest.mark.parametrize(
    ("form", "text_of"),
    [
        ("json", lambda body: body["text"] if (body["event"], body["run_id"]) == ("run_failed", "abc") else None),
        ("feishu", lambda body: body["content"]["text"] if body["msg_type"] == "text" else None),
        ("wecom", lambda body: body["text"]["content"] if body["msgtype"] == "text" else None),
    ],
)
def test_a_webhook_gets_the_alert_in_its_form(receiver, form, text_of):
    assert alerts.send(webhook(form), ALERT) == ["webhook"]
    (body,) = receiver.bodies
    assert text_of(body) == f"{ALERT.subject}\n{ALERT.text}"


def test_an_e_mail_reaches_every_recipient_after_a_login(mail_server):
    os.environ |= {"TEST_USER": "ledger", "TEST_PASSWORD": "pass"}
    settings = mail(mail_server, user_variable="TEST_USER", password_variable="TEST_PASSWORD")
    assert alerts.send(settings, ALERT) == ["e-mail"]
    (message,) = mail_server.messages
    assert (message["Subject"], message["From"]) == (ALERT.subject, "ledger@example.com")
    assert message.get_content().strip().replace("\r\n", "\n") == ALERT.text
    assert any(line.startswith("AUTH PLAIN") for line in mail_server.said)
    recipients = [line.lower() for line in mail_server.said if line.startswith("rcpt")]
    assert recipients == ["rcpt to:<a@x.cn>", "rcpt to:<b@x.cn>"]


def test_what_may_pass_is_tried_again_and_what_will_not_is_not(receiver, mail_server, monkeypatch):
    monkeypatch.setattr(alerts, "WAIT_SECONDS", 0.05)
    receiver.answers = [(503, b""), (429, b"")]
    mail_server.refusals = ["400 later"]
    assert alerts.send(webhook(), ALERT) == ["webhook"]
    assert alerts.send(mail(mail_server), ALERT) == ["e-mail"]
    assert (len(receiver.bodies), len(mail_server.messages)) == (3, 1)

    receiver.answers = [(404, b"")]
    mail_server.refusals = ["500 who are you"]
    with pytest.raises(NotDelivered, match="404"):
        alerts.send(webhook(), ALERT)
    with pytest.raises(NotDelivered, match="500 who are you"):
        alerts.send(mail(mail_server), ALERT)
    assert (len(receiver.bodies), len(mail_server.messages)) == (4, 1)


def test_a_chat_bot_that_refuses_with_status_200_is_heard(receiver):
    receiver.answers = [(200, b'{"code": 19021, "msg": "sign match fail"}'), (200, b'{"errcode": 93, "errmsg": "bad"}')]
    with pytest.raises(NotDelivered, match="19021 sign match fail"):
        alerts.send(webhook("feishu"), ALERT)
    with pytest.raises(NotDelivered, match="93 bad"):
        alerts.send(webhook("wecom"), ALERT)


def test_one_receiver_that_fails_does_not_keep_the_alert_from_the_other(receiver, mail_server):
    receiver.answers = [(400, b"")]
    both = Alerts(webhook=webhook().webhook, email=mail(mail_server).email)
    with pytest.raises(NotDelivered, match="webhook: the receiver answered 400"):
        alerts.send(both, ALERT)
    assert len(mail_server.messages) == 1


@pytest.mark.parametrize("address", [None, "not an address", "ftp://127.0.0.1/secret", "http://[secret"])
def test_an_address_that_is_missing_or_none_is_named_by_its_variable_only(address):
    os.environ.pop("TEST_WEBHOOK", None)
    if address:
        os.environ["TEST_WEBHOOK"] = address
    with pytest.raises(NotDelivered) as caught:
        alerts.send(webhook(), ALERT)
    assert "secret" not in str(caught.value)
    assert "TEST_WEBHOOK" in str(caught.value)


def test_no_password_is_sent_where_the_server_does_not_encrypt(mail_server):
    os.environ |= {"TEST_USER": "ledger", "TEST_PASSWORD": "pass"}
    settings = mail(mail_server, security="starttls", user_variable="TEST_USER", password_variable="TEST_PASSWORD")
    with pytest.raises(NotDelivered, match="STARTTLS"):
        alerts.send(settings, ALERT)
    assert not any(line.startswith("AUTH") for line in mail_server.said)
    assert mail_server.messages == []


def test_nothing_is_sent_where_nothing_is_configured():
    assert alerts.send(Alerts(), ALERT) == []

"""Notifications by e-mail: that something happened, with a link, and nothing about a person.

Mail is read by whoever gets at the mailbox, so it carries an address of this server that asks who
is there before it answers. A mail that was sent twice has the same Message-ID.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from adapter.notifications.retrying import Verdict
from adapter.notifications.shipments import Shipment

_PORTS = {"smtp": 25, "smtps": 465}

_SUBJECTS = {
    "handshake": "You will be told of referrals by e-mail",
    "heartbeat": "Nothing new of your referrals",
    "event-notification": "News of a referral",
}
_WORDS = {
    "handshake": "This address was entered to be told when referrals change. There is nothing to "
    "do; whoever entered it can remove it again.",
    "heartbeat": "Nothing happened since the last message.",
    "event-notification": "Something changed that you asked to be told of. Sign in to see it:",
}


class MailServer(Struct, frozen=True, kw_only=True):
    """The server that takes our mail."""

    #: `smtp://[user:password@]host[:port]`, or `smtps://` for TLS from the start. With `smtp` TLS
    #: is used where the server offers it, and a password is sent only under TLS.
    url: str
    #: The sender's address.
    sender: str
    ca_file: Path | None = None
    timeout_seconds: float = 10.0

    def send(self, shipment: Shipment) -> Verdict:
        """Send one notification and say what became of it."""
        try:
            self._send(message(shipment, self.sender))
        except smtplib.SMTPRecipientsRefused as fault:
            return _refusal(next(iter(fault.recipients.values()))[0], "the address")
        except smtplib.SMTPResponseException as fault:
            return _refusal(int(fault.smtp_code), "the message")
        except (smtplib.SMTPException, OSError):
            return Verdict(kind="later", words="the mail server could not be reached")
        return Verdict(kind="taken")

    def _send(self, mail: EmailMessage) -> None:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        trusted = ssl.create_default_context(cafile=self.ca_file)
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, timeout=self.timeout_seconds, context=trusted
            )
        else:
            server = smtplib.SMTP(host, port, timeout=self.timeout_seconds)
        with server:
            server.ehlo()
            is_safe = parts.scheme == "smtps"
            if not is_safe and server.has_extn("starttls"):
                server.starttls(context=trusted)
                server.ehlo()
                is_safe = True
            if parts.username:
                if not is_safe:
                    raise smtplib.SMTPNotSupportedError("no TLS for the password")
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(mail)


def message(shipment: Shipment, sender: str) -> EmailMessage:
    """A notification as a mail.

    It holds a link for each event; where a focus may not be told, or nothing of it was asked for,
    the link leads to the list of events.
    """
    head = shipment.head
    mail = EmailMessage()
    mail["Subject"] = _SUBJECTS[shipment.kind]
    mail["From"] = sender
    mail["To"] = shipment.definition.endpoint.removeprefix("mailto:")
    mail["Message-ID"] = f"<{shipment.id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    lines = [_WORDS[shipment.kind], ""]
    if shipment.told:
        is_told = shipment.definition.content != "empty"
        links = [
            f"{head.base}/{one.type}/{one.id}" if one.type and is_told else f"{head.url}/$events"
            for one in shipment.told
        ]
        numbers = sorted({shipment.told[0].number, shipment.told[-1].number})
        lines += [*dict.fromkeys(links), "", f"Message {' to '.join(map(str, numbers))}"]
    mail.set_content("\n".join(lines))
    return mail


def _refusal(code: int, what: str) -> Verdict:
    if 500 <= code < 600:
        return Verdict(kind="gone", words=f"the mail server refused {what} ({code})")
    return Verdict(kind="later", words=f"the mail server asks to try again ({code})")

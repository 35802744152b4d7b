"""Sending a notification to an endpoint over HTTP (rest-hook), and what its answer means.

The session checks the address at each connection and follows no redirect (`fhir_client.guarded`).
Of an answer only status and `Retry-After` are read. What went wrong is told in words of ours: no
address, header or content of an answer gets into the log or the Subscription.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from pathlib import Path

import requests

from adapter.fhir_client.guarded import AddressRefused, guarded_session
from adapter.notifications.retrying import LONGEST_ASKED, SECOND, Verdict, judged
from adapter.notifications.shipments import Shipment

#: How long an endpoint may take where its subscription does not say.
DEFAULT_SECONDS = 10.0


class RestHook:
    """Posts notifications; many threads may use it at once.

    Args:
        ca_file: certificates of the authorities to trust, as PEM; None: those of `certifi`.
    """

    def __init__(self, ca_file: Path | None = None) -> None:
        self._sessions = {
            allowed: guarded_session(allow_private=allowed, ca_file=ca_file)
            for allowed in (False, True)
        }

    def send(self, shipment: Shipment) -> Verdict:
        """Send one notification and say what became of it."""
        definition = shipment.definition
        headers = {"User-Agent": "ecm-adapter"}
        for one in shipment.headers:
            name, _, value = one.partition(":")
            headers[name.strip()] = value.strip()
        headers["Content-Type"] = definition.mime
        try:
            answer = self._sessions[shipment.allow_private].post(
                definition.endpoint,
                data=shipment.payload(),
                headers=headers,
                timeout=definition.timeout_seconds or DEFAULT_SECONDS,
                stream=True,
                allow_redirects=False,
            )
        except AddressRefused:
            return Verdict(
                kind="gone", words="the endpoint leads to an address that may not be called"
            )
        except requests.Timeout:
            return Verdict(kind="later", words="the endpoint did not answer in time")
        except requests.exceptions.SSLError:
            return Verdict(kind="later", words="the endpoint's certificate is not trusted")
        except (requests.RequestException, OSError):
            return Verdict(kind="later", words="the endpoint could not be reached")
        except ValueError:
            # `http.client` refuses what is no header, `requests` what is no URL.
            return Verdict(kind="gone", words="the endpoint or a header cannot be used")
        with answer:
            asked = retry_after(answer.headers.get("Retry-After"), shipment.at)
            return judged(answer.status_code, asked)


def retry_after(written: str | None, now: int) -> int:
    """`Retry-After`, seconds or a date, as milliseconds from now; 0: none that can be read."""
    text = (written or "").strip()
    if text.isascii() and text.isdecimal():
        return min(int(text[:9]) * SECOND, LONGEST_ASKED)
    try:
        at = parsedate_to_datetime(text).timestamp() * 1000
    except (ValueError, TypeError, OverflowError):
        return 0
    return min(max(0, int(at) - now), LONGEST_ASKED)

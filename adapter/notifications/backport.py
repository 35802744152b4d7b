"""URLs of the Subscriptions R5 Backport for R4 (STU 1.1).

https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/
"""

from __future__ import annotations

_STRUCTURE = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"

#: Profile of a Subscription.
SUBSCRIPTION = f"{_STRUCTURE}backport-subscription"
#: Profiles of a notification and of the status in it, in R4 and in R4B.
NOTIFICATION_R4 = f"{_STRUCTURE}backport-subscription-notification-r4"
STATUS_R4 = f"{_STRUCTURE}backport-subscription-status-r4"
NOTIFICATION_R4B = f"{_STRUCTURE}backport-subscription-notification"

#: Extensions of `criteria`, `channel.payload` and `channel`.
FILTER_CRITERIA = f"{_STRUCTURE}backport-filter-criteria"
PAYLOAD_CONTENT = f"{_STRUCTURE}backport-payload-content"
HEARTBEAT_PERIOD = f"{_STRUCTURE}backport-heartbeat-period"
TIMEOUT = f"{_STRUCTURE}backport-timeout"
MAX_COUNT = f"{_STRUCTURE}backport-max-count"

#: Codes of `error` in a status.
ERROR_CODES = "http://terminology.hl7.org/CodeSystem/subscription-error"

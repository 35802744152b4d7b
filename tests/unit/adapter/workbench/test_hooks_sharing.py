"""What of an exchange leaves the page."""

from __future__ import annotations

import shlex
import subprocess

from adapter.workbench.hooks.sharing import SHARED, curl_command, shared_values


def test_a_link_names_a_sample_and_how_it_was_called():
    """And never anything that was entered."""
    fields = dict.fromkeys((*SHARED, "body", "token", "service", "chartText", "patient"), "x")
    assert shared_values(fields) == dict.fromkeys(SHARED, "x")
    assert shared_values(fields | {"sample": ""}) is None


def test_the_command_sends_the_request_byte_for_byte():
    """A shell takes nothing in it for itself, and no line ends it early."""
    body = '{"a": "$HOME `id` \\\\ \'\\"",\n "b": 1}\nEND_OF_REQUEST\n}'
    command = curl_command("https://x.example.org/cds-services/a'b", body)
    echoed = command.replace("curl -sS -X POST", "printf '%s\\n'", 1)
    script = echoed.replace("--data-binary @-", "; cat")
    shown = subprocess.run(("sh", "-c", script), capture_output=True, text=True, check=True)
    first, _, rest = shown.stdout.partition("\n")
    assert first == "https://x.example.org/cds-services/a'b"
    assert rest.partition("application/json\n")[2] == body + "\n"
    assert shlex.split(command.partition("<<")[0])[0] == "curl"


def test_tokens_stay_out_unless_asked_for():
    """The Bearer token and the one in the body."""
    body = '{"fhirAuthorization": {"access_token" : "can\\"ary", "scope": "x"}}'
    command = curl_command("https://x", body, token="canary")
    assert "canary" not in command
    assert 'can\\"ary' not in command
    assert '"scope": "x"' in command
    whole = curl_command("https://x", body, token="canary", with_tokens=True)
    assert "Bearer canary" in whole
    assert 'can\\"ary' in whole

# SPDX-License-Identifier: GPL-3.0-only
"""The same work as library.rs with the Python packages for SIP2; started once, and asked for one round after the other.

library.py SECONDS ANSWER prints the packages' versions, what pysip2 makes of the request and of the name in ANSWER (both
in hexadecimal), and then, for each line on its input, how many requests with their answers pysip2 and Sip2 do in a second.
"""

import contextlib
import importlib.metadata
import io
import os
import sys
import time

import pysip2
from Sip2.sip2 import Sip2

seconds, answer = float(sys.argv[1]), bytes.fromhex(sys.argv[2])
output, sys.stdout = sys.stdout, open(os.devnull, "w")
DATE = "20261122    043518"


def with_pysip2():
    request = pysip2.PatronInformationRequest(
        language="019",
        transaction_date=DATE,
        summary="  Y       ",
        institution_id="NHLIB",
        patron_identifier="6110001",
        terminal_password="",
        patron_password="4711",
        start_item="1",
        end_item="50",
    )
    frame = pysip2.encode_message(request, sequence_number=3, checksum=True, encoding="utf-8")
    return frame, pysip2.decode_message(answer, encoding="utf-8").message


client = Sip2()
client.log = io.StringIO()
client.log.info = client.log.warning = lambda words: None
client.language, client.institutionId, client.patron, client.patronpwd = "019", "NHLIB", "6110001", "4711"
client.tlsEnable = False


def with_sip2():
    request = client.sip_patron_information_request("charged", "1", "50").encode("utf-8")
    text = answer.decode("utf-8")
    # Its own check counts characters and not bytes, so that it refuses Chinese; the work is the same.
    client._crc_verify(text)
    return request, client.sip_patron_information_response(text)


def rate(work):
    work()
    count, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        for _ in range(16):
            work()
        count += 16
    return count / (time.perf_counter() - begun)


def say(*words):
    print(*words, file=output, flush=True)


frame, message = with_pysip2()
say(*(importlib.metadata.version(package) for package in ("pysip2", "Sip2")))
say(frame.hex(), message.personal_name.encode("utf-8").hex())
with contextlib.suppress(BrokenPipeError):
    for _ in sys.stdin:
        say(rate(with_pysip2), rate(with_sip2))
client.disconnect = lambda: None

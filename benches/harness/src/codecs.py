# SPDX-License-Identifier: GPL-3.0-only
"""The same work as codecs.rs with the usual Python packages; started once, and asked for one round after the other.

codecs.py HEADING QR SECONDS LABEL VALUE … prints the packages' versions, a line of facts to compare results by, and then,
for each line on its input, one line: slips, QR symbols, pictures and Modbus questions in a second.
"""

import importlib.metadata
import os
import sys
import time

from escpos.printer import Dummy
from PIL import Image
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.bit_message import ReadDiscreteInputsRequest, ReadDiscreteInputsResponse

heading, qr, seconds, lines = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:]
# python-escpos remarks on its standard output that it does not know how wide the paper is.
answer, sys.stdout = sys.stdout, open(os.devnull, "w")

WIDTH, HEIGHT = 576, 800
shades = bytes((x * 255 // WIDTH + y * 255 // HEIGHT) // 2 for y in range(HEIGHT) for x in range(WIDTH))
picture_to_print = Image.frombytes("L", (WIDTH, HEIGHT), shades)

framer = FramerRTU(DecodePDU(False))
bits = [place % 3 == 0 for place in range(16)]
modbus_answer = FramerRTU(DecodePDU(True)).buildFrame(ReadDiscreteInputsResponse(bits=bits, dev_id=1))


def slip():
    printer = Dummy()
    printer.hw("INIT")
    printer._raw(b"\x1c\x26")
    printer.set(align="center", bold=True, custom_size=True, width=2, height=2)
    printer._raw(heading.encode("gb18030"))
    printer.ln()
    printer.set(align="left", bold=False, normal_textsize=True)
    for label, value in zip(lines[::2], lines[1::2]):
        printer._raw((label + " ").encode("gb18030"))
        printer.set(bold=True)
        printer._raw(value.encode("gb18030"))
        printer.set(bold=False)
        printer.ln()
    printer.qr(qr, ec=1, size=8, native=True)
    printer.cut(mode="PART", feed=False)
    return len(printer.output)


def symbol():
    printer = Dummy()
    printer.qr(qr, ec=1, size=8, native=False, impl="bitImageRaster")
    return len(printer.output)


def picture():
    printer = Dummy()
    printer.image(picture_to_print, impl="bitImageRaster")
    return len(printer.output)


def modbus():
    request = framer.buildFrame(ReadDiscreteInputsRequest(address=0, count=16, dev_id=1))
    _, response = framer.handleFrame(modbus_answer, 1, 0)
    return len(request) + len(response.bits)


def rate(work):
    work()
    count, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        assert work() > 20
        count += 1
    return count / (time.perf_counter() - begun)


def say(*words):
    print(*words, file=answer, flush=True)


printed = Dummy()
printed.image(picture_to_print, impl="bitImageRaster")
question = framer.buildFrame(ReadDiscreteInputsRequest(address=0, count=16, dev_id=1))
say(*(importlib.metadata.version(package) for package in ("python-escpos", "pymodbus")))
say(printed.output.hex(), question.hex(), modbus_answer.hex())
for _ in sys.stdin:
    say(rate(slip), rate(symbol), rate(picture), rate(modbus))

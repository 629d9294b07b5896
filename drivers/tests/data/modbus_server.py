# SPDX-License-Identifier: MIT OR Apache-2.0
"""A Modbus RTU server of pymodbus with the addresses of the relay board, on the serial port given.

Unit 1 has relays (coils) and inputs, eight of which are used. Frames, checksums and exceptions are pymodbus's own; a pulse
("flash on", function 05 at 0200 + relay, any value) is added, because the specification knows only on and off. A pulse
sets the input of the same number, as a door that springs open. "ready" is printed when it listens, and each pulse.
"""

import asyncio
import struct
import sys

from pymodbus.pdu.bit_message import WriteSingleCoilRequest, WriteSingleCoilResponse
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

FLASH_ON = 0x0200
ON = 0xFF00
WRITE_COIL = 5
READ_INPUTS = 2
CHANNELS = 8


class RawResponse(WriteSingleCoilResponse):
    """The answer to a pulse: the request again."""

    raw = 0

    def encode(self):
        return struct.pack(">HH", self.address, self.raw)


class RelayRequest(WriteSingleCoilRequest):
    """Function 05 that keeps the value as it came."""

    raw = 0

    def decode(self, data):
        super().decode(data)
        self.raw = struct.unpack(">HH", data[:4])[1]

    async def datastore_update(self, context, device_id):
        relay = self.address - FLASH_ON
        if not 0 <= relay < CHANNELS:
            return await super().datastore_update(context, device_id)
        print(f"pulse {relay} {self.raw}", flush=True)
        DOORS[relay] = True
        answer = RawResponse(address=self.address, bits=[True], dev_id=self.dev_id, transaction_id=self.transaction_id)
        answer.raw = self.raw
        return answer


DOORS = [False] * CHANNELS


async def contacts(function, _start, _address, _count, registers, _values):
    """Called by pymodbus at each access: the inputs, bits of one word, are what the doors are."""
    if function == READ_INPUTS:
        registers[0] = sum(1 << index for index, is_open in enumerate(DOORS) if is_open)


async def main():
    # Coils and inputs, 16 of each, as bits of one word; and the two kinds of words that no relay board has.
    bits = [[SimData(0, values=[False] * 16, datatype=DataType.BITS)] for _ in range(2)]
    words = [[SimData(0, values=[0], datatype=DataType.REGISTERS)] for _ in range(2)]
    device = SimDevice(1, (bits[0], bits[1], words[0], words[1]), action=contacts)
    server = ModbusSerialServer(device, port=sys.argv[1], baudrate=9600, custom_pdu=[RelayRequest])
    await server.serve_forever(background=True)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())

# SPDX-License-Identifier: MIT OR Apache-2.0
"""A Modbus RTU client of pymodbus that tries the simulated relay board on the serial port given.

Ends with status 0 when everything was as the specification and the board's description say.
"""

import sys

from pymodbus.client import ModbusSerialClient

client = ModbusSerialClient(sys.argv[1], baudrate=9600, timeout=2, retries=0)
assert client.connect()


def coils():
    answer = client.read_coils(0, count=8, device_id=1)
    assert not answer.isError(), answer
    return answer.bits[:8]


assert coils() == [False] * 8
assert not client.write_coil(6, True, device_id=1).isError()
assert coils() == [False] * 6 + [True, False]
# Both doors are closed, and a closed door sets its input.
inputs = client.read_discrete_inputs(0, count=8, device_id=1)
assert inputs.bits[:8] == [True, True] + [False] * 6, inputs
# 00FF: all off.
assert not client.write_coil(0x00FF, False, device_id=1).isError()
assert coils() == [False] * 8
# What the board does not have.
assert client.read_coils(8, count=1, device_id=1).exception_code == 2
assert client.read_discrete_inputs(0, count=9, device_id=1).exception_code == 2
assert client.write_coil(0x0300, True, device_id=1).exception_code == 2
assert client.read_holding_registers(0, count=1, device_id=1).exception_code == 1
assert client.write_coils(0, [True] * 20, device_id=1).exception_code == 1
client.close()
print("well")

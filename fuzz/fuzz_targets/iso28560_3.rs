// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as the basic block of a library tag; also with the right checksum, which chance hardly finds.
#![no_main]

use doorstep_drivers::rfid::iso28560_3::{BasicBlock, LONG_BLOCK_BYTES, crc16};
use libfuzzer_sys::fuzz_target;

fn check(memory: &[u8]) {
    if let Ok(block) = BasicBlock::decode(memory)
        && let Ok(written) = block.encode()
    {
        assert_eq!(BasicBlock::decode(&written).as_ref(), Ok(&block));
    }
}

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    if let Some(block) = bytes.first_chunk::<LONG_BLOCK_BYTES>() {
        let mut block = *block;
        block[0] = 0x10 | block[0] & 0x0F;
        let crc = crc16(&[&block[..19], &block[21..]].concat()).to_le_bytes();
        block[19..21].copy_from_slice(&crc);
        check(&block);
    }
});

/** CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds every error burst up to 32 bits. Node has only the other CRC-32. */
const TABLE = makeTable();

function makeTable(): Int32Array {
  const table = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    table[byte] = crc;
  }
  return table;
}

/** The checksum of bytes[from, until); `before` is that of what came before, to go on with. */
export function crc32c(bytes: Uint8Array, from = 0, until = bytes.length, before = 0): number {
  let crc = before ^ -1;
  for (let index = from; index < until; index++) crc = TABLE[(crc ^ bytes[index]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

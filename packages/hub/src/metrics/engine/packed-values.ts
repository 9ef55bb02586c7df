/** A copy of the float64 values of a blob, because a blob may begin at an address that is no multiple of eight. */
export const packedValues = (bytes: Uint8Array): Float64Array => new Float64Array(bytes.slice().buffer);

/**
 * Largest body of a request as transferred, in bytes, for routes that declare no other. Senders split batches of
 * samples to fit.
 */
export const BODY_BYTES_AT_MOST = 1024 * 1024;

/** Largest size of a gzipped body of samples after decompression, in bytes. */
export const UNPACKED_BYTES = 8 * 1024 * 1024;

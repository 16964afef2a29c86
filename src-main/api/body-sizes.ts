/** Wire size of a request's body where its route declares no other. Batches of samples are cut to fit. */
export const BODY_BYTES_AT_MOST = 1024 * 1024;

/** What a body of samples of that wire size may become when it was packed with gzip. */
export const UNPACKED_BYTES = 8 * 1024 * 1024;

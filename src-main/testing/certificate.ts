/**
 * A certificate for `localhost` and `127.0.0.1`, signed by itself and good from 2020 to the end of 2036, with its key. It
 * protects nothing: tests of TLS run a server with it. Made with `openssl ca -selfsign`, which can set the beginning.
 */
export const testCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBZjCCAQugAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwHhcNMjAwMTAxMDAwMDAwWhcNMzYxMjMxMDAwMDAwWjAUMRIwEAYDVQQDDAls
b2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASkMgLyBXhrk/70A4IL
z48wgKkkFcWGSifpORoxwrkwj22UY/L2YCSafmHAUbj1FIKfmm7NY9V2uhsQZcM4
yIy+o04wTDAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwDwYDVR0TAQH/BAUw
AwEB/zAdBgNVHQ4EFgQUAmt13K9//tz2RiflhiWeemeGUQgwCgYIKoZIzj0EAwID
SQAwRgIhANZCK9OLOzB9gG+JjS2Wg8aL5gxpMPYFZpQOUuJocgqCAiEA2eYD5g5S
rQfecyuMPAiLBz4eWtMnWrk1U4JTJKfBh5o=
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSmoO/7aQiC5R4DsW
nVxT/CK7WwrzzYCzofrlDl0bqBmhRANCAASkMgLyBXhrk/70A4ILz48wgKkkFcWG
SifpORoxwrkwj22UY/L2YCSafmHAUbj1FIKfmm7NY9V2uhsQZcM4yIy+
-----END PRIVATE KEY-----
`,
};

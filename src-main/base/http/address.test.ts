import { expect, test } from 'vitest';
import { addressKind } from './address.ts';

const cases: Record<ReturnType<typeof addressKind>, string[]> = {
  metadata: [
    ...['169.254.169.254', '169.254.0.1', '169.254.255.255', '100.100.100.200', '168.63.129.16'],
    ...['fe80::1', 'fe80::1%eth0', 'febf::1', 'fd00:ec2::254', 'fd20:ce::254'],
    ...['::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '::a9fe:a9fe', '::ffff:0:a9fe:a9fe'],
    ...['64:ff9b::a9fe:a9fe', '64:ff9b::169.254.169.254', '2002:a9fe:a9fe::1', '::ffff:6464:64c8'],
  ],
  private: [
    ...['127.0.0.1', '127.255.0.1', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ...['100.64.0.1', '100.100.100.201', '224.0.0.1', '255.255.255.255', '198.18.0.1'],
    ...['::', '::1', 'fc00::1', 'fd00:ec2::253', 'fec0::1', 'ff02::1', '::ffff:10.0.0.1', '::ffff:7f00:1'],
    ...['64:ff9b::7f00:1', '2002:c0a8:101::'],
  ],
  public: [
    ...['1.1.1.1', '172.32.0.1', '169.253.255.255', '100.128.0.1', '192.0.1.1', '223.255.255.255'],
    ...['2606:4700::1111', '::ffff:1.1.1.1', '64:ff9b::101:101', '2002:101:101::'],
  ],
};

test.each(Object.entries(cases))('%s', (kind, addresses) => {
  expect(Object.fromEntries(addresses.map((address) => [address, addressKind(address)]))).toEqual(
    Object.fromEntries(addresses.map((address) => [address, kind])),
  );
});

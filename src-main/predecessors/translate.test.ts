import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRecord } from './reader.ts';
import { translate } from './translate.ts';
import type { Path, Translation } from './translation.ts';

/** Every key path that leads somewhere in a document. */
function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [path, ...keys.flatMap((key) => pathsIn(Reflect.get(value, key), [...path, key]))];
}

function isIn(file: unknown, path: Path): boolean {
  let value = file;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
    value = Reflect.get(value, key);
  }
  return true;
}

/** What somebody could see of a translation who is not to see secrets. */
function visible({ content, mapped, notSupported, warnings }: Translation): string {
  const hidden = (_key: string, value: unknown) =>
    isRecord(value) && typeof value['plain'] === 'string' && Object.keys(value).length === 1 ? '***' : value;
  return JSON.stringify([content, mapped, notSupported, warnings], hidden);
}

const words = (
  'data_sources threshold_rules export_settings monitoring name type source interval enabled headers method path ' +
  'data_source metric_name threshold_type threshold_value cooldown severity destinations export_formats url ' +
  'smtp_server smtp_port username password to_addresses use_tls use_ssl webhook_url thresholds cpu memory disk warning ' +
  'critical slack email recipient alerts influxdb token database webapp port __proto__ constructor toString'
).split(' ');
const leaf = fc.oneof(
  fc.constantFrom('system_metric', 'api_endpoint', 'file', 'email', 'webhook', 'slack', 'psutil.cpu_percent'),
  fc.constantFrom('http://a:b@c/', '$X', 'greater_than', 465, true, false, null),
  fc.string(),
  fc.double(),
);
const { tree: anyFile } = fc.letrec<{ tree: unknown; map: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium' },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    tie('map'),
    tie('map'),
  ),
  map: fc
    .array(fc.tuple(fc.constantFrom(...words), tie('tree')), { maxLength: 8 })
    .map((entries) => Object.fromEntries(entries)),
}));

describe('translate', () => {
  it.each([
    ['our own settings', { version: 1, sources: [], rules: [] }],
    ['settings with a predecessor pasted into them', { version: 1, data_sources: [] }],
    ['ours without a version', { rules: [], thresholds: {} }],
    ['something else', { services: {}, alerting: { alertmanagers: [] } }],
    ['a list', [{ data_sources: [] }]],
    ['nothing', null],
    ['text', 'data_sources'],
  ])('is not for %s', (_what, content) => {
    expect(translate(content, {})).toBeNull();
  });

  it('never throws, and each place it speaks of is in the file', () => {
    let recognised = 0;
    fc.assert(
      fc.property(anyFile, (file) => {
        const translation = translate(file, {});
        if (translation === null) return;
        recognised++;
        const { content, origin, mapped, notSupported, warnings } = translation;
        for (const path of pathsIn(content)) {
          expect(isIn(file, origin(path))).toBe(true);
          expect(isIn(file, origin([...path, 'tolerance', 0, Symbol('x')]))).toBe(true);
        }
        for (const { path } of [...mapped, ...notSupported, ...warnings]) expect(isIn(file, path)).toBe(true);
      }),
      { numRuns: 2000 },
    );
    expect(recognised).toBeGreaterThan(100);
    expect(({} as Record<string, unknown>)['source']).toBeUndefined();
  });

  it('keeps every secret apart from what is shown', () => {
    const canary = 'c4n4ry';
    const secret = fc.constantFrom<unknown>(canary, [canary], { a: canary }, `$ {${canary}}`);
    const address = fc.constantFrom<unknown>(
      `https://me:${canary}@example.com/x?a=b@c`,
      `https://${canary}@example.com`,
      `https://me:sla/${canary}@example.com:8080/x`,
      `https://me:a@${canary}@example.com`,
      `HTTP://me:%zz${canary}@example.com#x`,
      ` http://me:${canary}@example.com`,
      `me:${canary}@example.com`,
      `//me:${canary}@example.com`,
      [canary],
    );
    const headers = fc.oneof(
      fc.record({ Authorization: secret, 'x-api-key': secret, Cookie: secret }),
      fc.constantFrom<unknown>(`Authorization: ${canary}`, [canary]),
    );
    const part = fc.record({ enabled: fc.boolean(), password: secret, smtp_server: fc.constant('mail') });
    const source = fc.record({
      name: fc.constant('api'),
      type: fc.constantFrom('api_endpoint', 'api_endpont', 'other', null),
      source: address,
      headers,
      password: secret,
      token: secret,
    });
    const destinations = fc.array(
      fc.oneof(
        fc.record({ type: fc.constant('webhook'), url: address, headers, secret }),
        part.map((email) => ({ type: 'email', ...email })),
        fc.record({ type: fc.constantFrom('slack', 'pager', 5), webhook_url: secret }),
      ),
    );
    const file = fc.oneof(
      fc.record({
        data_sources: fc.oneof(fc.array(source), fc.record({ a: source })),
        export_settings: fc.record({ destinations: fc.oneof(destinations, fc.record({ a: part })) }),
      }),
      fc.record({
        slack: fc.oneof(fc.record({ webhook_url: secret }), secret),
        slack_webhook_url: secret,
        email: fc.oneof(part, secret),
        influxdb: fc.record({ token: secret, password: secret }),
        token: secret,
      }),
      fc.record({ database: fc.record({ password: secret }), webapp: fc.record({ password: secret }) }),
    );
    fc.assert(
      fc.property(file, (content) => {
        const translation = translate(content, { SMTP_PASSWORD: canary, slack_webhook_url: canary })!;
        expect(visible(translation)).not.toContain(canary);
      }),
      { numRuns: 1000 },
    );
  });
});

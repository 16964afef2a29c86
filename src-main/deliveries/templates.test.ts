import { describe, expect, it } from 'vitest';
import { exampleMessage } from '../testing/example-message.ts';
import { hostileText } from '../testing/hostile-text.ts';
import { letterOf } from './mail/letter.ts';
import { fillIn, inWords, templateNames, templateProblem, wordingSchema } from './templates.ts';
import type { TemplateFormat } from './templates.ts';
import { headlineOf, sentenceOf } from './words.ts';

const message = exampleMessage();
const named = (ruleName: string) => exampleMessage({ alert: { ruleName } });

describe('a template', () => {
  it.each([
    ['{{severity}}: {{rule}} on {{ host }}', 'warning: CPU above 80 % on anchor'],
    ['{{value}}, {{limit}}, {{threshold}}', '91.5 %, above 80 %, 80 %'],
    ['{{title}}|{{state}}|{{rule_id}}|{{labels}}|{{tags}}|', 'CPU above 80 %|firing|cpu-high|||'],
    ['\\{{host}} and }} stay', '{{host}} and }} stay'],
    ['{{resolved_at}}{{note}}', ''],
  ])('%s', (template, said) => {
    expect(templateProblem(template, 'text')).toBeNull();
    expect(fillIn(template, 'text', message)).toBe(said);
  });

  it('writes values of JSON as they are outside of quotation marks, and text within them', () => {
    const template =
      '{"text":"{{sentence}}","v":{{value}},"over":{{resolved_at}},"h":{{host}},"labels":{{labels}},"r":{{record}}}';
    expect(templateProblem(template, 'json')).toBeNull();
    expect(JSON.parse(fillIn(template, 'json', message))).toMatchObject({
      ...{ text: sentenceOf(message), v: 91.5, over: null, h: 'anchor', labels: {} },
      r: { alert_id: 'alert-1' },
    });
  });

  it.each<[string, TemplateFormat, RegExp]>([
    ['a\n  {{hots}}', 'text', /no \{\{hots\}\} .*line 2, column 3\. Did you mean host\?/],
    ['{{7*7}}', 'text', /no \{\{7\*7\}\} to fill in, at line 1, column 1\. Names are title, /],
    ['{{constructor}}', 'text', /no \{\{constructor\}\}/],
    ['{{__proto__}}', 'json', /no \{\{__proto__\}\}/],
    ['{{}}', 'text', /no \{\{\}\}/],
    ['{{host', 'text', /without \}\} at line 1, column 1/],
    ['{"a": "{{host}}"', 'json', /is no JSON .* position 16 \(line 1 column 17\)/],
    ['{"a": x{{host}}}', 'json', /is no JSON .*"?x/],
    ['{ {{host}}: 1 }', 'json', /is no JSON/],
  ])('%j as %s is refused with the place', (template, format, said) => {
    expect(templateProblem(template, format)).toMatch(said);
  });

  it('that is long and ends nothing takes no time', () => {
    const started = performance.now();
    expect(templateProblem(`{{${' '.repeat(50_000)}x`, 'text')).toMatch(/^has {{ without }}/);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('fills in once: what stands in a value is never looked at again', () => {
    const written = fillIn('{{rule}} {{host}}', 'text', named('{{7*7}} {{host}} \\{{'));
    expect(written).toBe('{{7*7}} {{host}} \\{{ anchor');
  });

  it('lets no value leave its place, in any format', () => {
    const hostile = named(`${hostileText} "},{"x":"\\`);
    for (const name of templateNames) {
      const within = fillIn(`{"a":"{{${name}}}","b":1}`, 'json', hostile);
      const outside = fillIn(`{"a":{{${name}}},"b":1}`, 'json', hostile);
      expect(Object.keys(JSON.parse(within) as object)).toEqual(['a', 'b']);
      expect(Object.keys(JSON.parse(outside) as object)).toEqual(['a', 'b']);
      expect(fillIn(`{{${name}}}`, 'html', hostile)).not.toMatch(/[<>"']/);
      expect(fillIn(`{{${name}}}`, 'form', hostile)).toMatch(/^[\w.~!*'()%-]*$/);
      expect(fillIn(`{{${name}}}`, 'text', hostile)).not.toMatch(/[\r\n\u001b]/);
    }
  });
});

describe("words of one's own", () => {
  const wording = { title: '{{host}}: {{rule}}', text: '{{sentence}}\nRunbook: https://wiki/{{rule_id}}' };

  it('take the place of title and sentence wherever these are said', async () => {
    const worded = inWords(message, wordingSchema.parse(wording));
    expect(headlineOf(worded)).toBe('anchor: CPU above 80 %');
    const { subject, text, html } = await letterOf(worded);
    expect(subject).toBe('anchor: CPU above 80 %');
    expect(text.split('\n')[1]).toBe('Runbook: https://wiki/cpu-high');
    expect(html).toContain('Runbook: https://wiki/cpu-high');
  });

  it('leave in place that it is a test, that it is late, and that it is a drill', () => {
    const test = inWords({ ...message, test: true, late: true }, wording);
    expect(headlineOf(test)).toBe('Test: anchor: CPU above 80 % (late)');
    expect(sentenceOf(test).split('\n').at(-1)).toMatch(/^Sent late/);
    const drill = exampleMessage({ alert: { drill: true } });
    expect(inWords(drill, wording)).toEqual(drill);
  });

  it('start no line and no header with what is filled in', async () => {
    const { subject, text } = await letterOf(inWords(named('a\r\nBcc: x@y'), wording));
    expect(subject).not.toMatch(/[\r\n]/);
    expect(text).not.toMatch(/^Bcc/m);
  });
});

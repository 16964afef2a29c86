import { z } from 'zod';
import type { PlimsollError } from '../../contract/error.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import { levelSigns, onResolveSchema, plimsollUrlSchema } from '../brief.ts';
import type { Brief } from '../brief.ts';
import { fitted } from '../brief-text.ts';
import { defineDestination } from '../destination-kind.ts';
import { forPeople } from '../for-people.ts';
import { inAnswer, notTaken, postJson, refusal } from '../http-post.ts';
import type { PostAnswer } from '../http-post.ts';

const options = z.strictObject({
  webhookUrl: secretReferenceSchema.meta({
    title: 'Workflow address',
    description:
      'The address that the workflow “Post to a channel when a webhook request is received” shows. Whoever knows it can post, so it is kept as a secret.',
    secret: true,
  }),
  plimsollUrl: plimsollUrlSchema,
  onResolve: onResolveSchema,
});

export const teams = defineDestination<z.infer<typeof options>>({
  kind: 'teams',
  title: 'Microsoft Teams',
  description: 'Posts alerts as cards to a channel or chat of Microsoft Teams, through a workflow.',
  role: 'announce',
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  open: ({ webhookUrl, plimsollUrl }, { secret, trace }) => {
    const say = async (brief: Brief, signal: AbortSignal) => {
      const url = await secret(webhookUrl);
      const payload = payloadOf(brief);
      const answer = await postJson({ url, isUrlSecret: true, secrets: [], payload, signal, trace });
      if (answer.status === 202) return 'The workflow took the message and posts it to Teams.';
      if (answer.status === 200 && /^1?$/.test(answer.said)) return 'Teams took the message.';
      throw teamsError(answer);
    };
    return forPeople(plimsollUrl, say);
  },
});

/**
 * Teams accepts “about 28 KB” including everything it generates for a card, and the workflow has answered before Teams
 * refuses a larger one (https://learn.microsoft.com/connectors/teams/#known-issues-and-limitations-with-actions);
 * others report refusals from 21 KB on.
 */
const bytesAtMost = 20_000;
const headlineCharacters = 300;
const lineCharacters = 400;
const sentenceCharacters = 1500;

const colours = { critical: 'attention', warning: 'warning', over: 'good' };

interface Run {
  text: string;
  weight?: 'bolder';
  size?: 'medium' | 'small';
  color?: string;
  isSubtle?: true;
}

/** As much as there is room for: the circumstances are dropped first, then lines from the end, which are counted. */
function payloadOf(brief: Brief): unknown {
  let shown = brief;
  let leftOut = 0;
  for (;;) {
    const payload = cardOf(shown, leftOut);
    const section = shown.sections.at(-1);
    if (Buffer.byteLength(JSON.stringify(payload)) <= bytesAtMost || section === undefined) return payload;
    leftOut += shown.reasons.length > 0 ? shown.reasons.length : Math.max(1, section.lines.length);
    shown =
      shown.reasons.length > 0
        ? { ...shown, reasons: [] }
        : { ...shown, sections: shown.sections.slice(0, -1) };
  }
}

function cardOf({ level, headline, sections, reasons, notes, link }: Brief, leftOut: number): unknown {
  const title = fitted(headline, { atMost: headlineCharacters });
  const small = [...(leftOut === 0 ? [] : [`… and ${leftOut} more lines`]), ...notes];
  return {
    type: 'message',
    // Shown in the list of chats and in notifications, which cannot show a card.
    summary: title,
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body: [
            text([
              {
                text: `${levelSigns[level]} ${title}`,
                weight: 'bolder',
                size: 'medium',
                color: colours[level],
              },
            ]),
            ...sections.flatMap(({ title: about, lines }) =>
              about === null
                ? lines.map((line) => text([{ text: fitted(line, { atMost: sentenceCharacters }) }]))
                : [
                    text([{ text: fitted(about, { atMost: lineCharacters }), weight: 'bolder' }]),
                    ...lines.map((line) =>
                      text([{ text: `• ${fitted(line, { atMost: lineCharacters })}` }], 'none'),
                    ),
                  ],
            ),
            ...reasons.map(([about, said]) =>
              text(
                [
                  { text: `${about}: `, weight: 'bolder' },
                  { text: fitted(said, { atMost: lineCharacters }) },
                ],
                'small',
              ),
            ),
            ...small.map((note) =>
              text(
                [{ text: fitted(note, { atMost: lineCharacters }), size: 'small', isSubtle: true }],
                'small',
              ),
            ),
          ],
          ...(link !== null && {
            actions: [{ type: 'Action.OpenUrl', title: link.words, url: link.url }],
          }),
        },
      },
    ],
  };
}

/** Text runs are shown unchanged: unlike text blocks they interpret neither Markdown nor dates in braces. */
function text(runs: readonly Run[], spacing: 'default' | 'small' | 'none' = 'default'): unknown {
  return {
    type: 'RichTextBlock',
    spacing,
    inlines: runs.map((run) => ({ type: 'TextRun', ...run })),
  };
}

const another = 'Copy its address anew from the workflow, or make a new one.';

/**
 * Explanations of Power Automate's answers, by their error code:
 * learn.microsoft.com/azure/logic-apps/logic-apps-workflow-definition-language-triggers.
 */
const meanings = new Map<unknown, string>([
  ['DirectApiAuthorizationRequired', `The address lacks its signature. ${another}`],
  ['AuthorizationFailed', `The address is not complete or was renewed. ${another}`],
  ['InvalidSasToken', `The address is not complete or was renewed. ${another}`],
  ['WorkflowNotFound', `The workflow was deleted. ${another}`],
  ['WorkflowTriggerNotFound', `The workflow does not begin with a webhook request any more. ${another}`],
  ['WorkflowTriggerIsNotEnabled', 'The workflow is switched off. Its owner can switch it on.'],
  ['WorkflowIsDisabled', 'The workflow is switched off. Its owner can switch it on.'],
  [
    'TriggerInputSchemaMismatch',
    'The workflow wants something else than a card. Make one from the template.',
  ],
]);

function teamsError(answer: PostAnswer): PlimsollError {
  if (answer.status !== 200) return refusal(answer, meanings.get(inAnswer(answer, 'error', 'code')));
  // The connectors that workflows replaced report Teams' answer in the text.
  return notTaken(
    answer,
    'taking the message',
    'Check that the address is that of a workflow with a webhook request.',
    /\b(?:429|5\d\d)\b/.test(answer.said),
  );
}

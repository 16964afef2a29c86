import { PlimsollError, messageOf } from '../contract/error.ts';

/** Readable fonts in order of preference; the first installed one is used, because the SVG renderer accepts only one name. */
const wanted = [
  'Inter',
  'Segoe UI',
  'Helvetica Neue',
  'Noto Sans',
  'DejaVu Sans',
  'Liberation Sans',
  'Arial',
  'Roboto',
];

/** Renders drawings as pictures. */
export interface Painter {
  /** Font that drawings should name; undefined if the machine has none, and text is then missing. */
  font: string | undefined;
  /** A PNG of an SVG in the SVG's own size. */
  paint(svg: string): Promise<Buffer>;
}

/** Loads the renderer: 35 MB that only this process needs, with a native module. Throws `unsupported` if it cannot be loaded. */
export async function openPainter(): Promise<Painter> {
  const { createCanvas, loadImage, GlobalFonts } = await import('@napi-rs/canvas').catch(
    (thrown: unknown) => {
      throw new PlimsollError(
        'unsupported',
        `Pictures cannot be drawn on this machine: ${messageOf(thrown)}`,
        {
          cause: thrown,
        },
      );
    },
  );
  const families = GlobalFonts.families.map(({ family }) => family);
  return {
    font: wanted.find((name) => families.includes(name)) ?? families[0],
    async paint(svg) {
      const image = await loadImage(Buffer.from(svg));
      const canvas = createCanvas(image.width, image.height);
      canvas.getContext('2d').drawImage(image, 0, 0);
      return canvas.encode('png');
    },
  };
}

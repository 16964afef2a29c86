import { PlimsollError, messageOf } from '../contract/error.ts';

/** Fonts that read well in a chart, the first that is there. The drawing of SVG takes one name, not a list. */
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

/** Turns drawings into pictures. */
export interface Painter {
  /** What drawings should name as their font; undefined where the machine has none, and text stays out. */
  font: string | undefined;
  /** A PNG of an SVG, as large as that says it is. */
  paint(svg: string): Promise<Buffer>;
}

/**
 * Loads what draws: 35 MB that only the process that draws needs, and a program of the machine's own kind. Throws `unsupported`
 * where it can not be loaded.
 */
export async function openPainter(): Promise<Painter> {
  const { createCanvas, loadImage, GlobalFonts } = await import('@napi-rs/canvas').catch(
    (thrown: unknown) => {
      throw new PlimsollError(
        'unsupported',
        `Pictures can not be drawn on this machine: ${messageOf(thrown)}`,
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

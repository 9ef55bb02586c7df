import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphOf } from "./font.ts";

/** Red, green, blue. */
export type Colour = readonly [number, number, number];

const TEXT_SCALE = 2;
export const LETTER_WIDTH = (GLYPH_WIDTH + 1) * TEXT_SCALE;
export const LETTER_HEIGHT = GLYPH_HEIGHT * TEXT_SCALE;

/** Points of colour, drawn over each other. What lies outside is not drawn. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly rgb: Buffer;

  constructor(width: number, height: number, background: Colour) {
    this.width = width;
    this.height = height;
    this.rgb = Buffer.alloc(3 * width * height, Buffer.from(background));
  }

  fill(left: number, top: number, width: number, height: number, colour: Colour): void {
    const within = (at: number, end: number): number => Math.min(end, Math.max(0, Math.round(at)));
    const [fromX, untilX] = [within(left, this.width), within(left + width, this.width)];
    const points = Buffer.from(colour);
    for (let y = within(top, this.height); y < within(top + height, this.height); y++)
      this.rgb.fill(points, 3 * (y * this.width + fromX), 3 * (y * this.width + untilX));
  }

  /** A straight line with round ends; points on its edge are mixed, so that it looks smooth. */
  line(fromX: number, fromY: number, toX: number, toY: number, thickness: number, colour: Colour): void {
    const reach = thickness / 2 + 1;
    const [alongX, alongY] = [toX - fromX, toY - fromY];
    const length = alongX * alongX + alongY * alongY;
    for (let y = Math.floor(Math.min(fromY, toY) - reach); y <= Math.max(fromY, toY) + reach; y++)
      for (let x = Math.floor(Math.min(fromX, toX) - reach); x <= Math.max(fromX, toX) + reach; x++) {
        const share = length === 0 ? 0 : ((x - fromX) * alongX + (y - fromY) * alongY) / length;
        const nearest = Math.min(1, Math.max(0, share));
        const distance = Math.hypot(x - fromX - nearest * alongX, y - fromY - nearest * alongY);
        this.#blend(x, y, colour, Math.min(1, thickness / 2 + 0.5 - distance));
      }
  }

  text(left: number, top: number, text: string, colour: Colour): void {
    let x = Math.round(left);
    for (const character of text) {
      for (const [row, bits] of glyphOf(character).entries())
        for (let column = 0; column < GLYPH_WIDTH; column++)
          if ((bits >> (GLYPH_WIDTH - 1 - column)) & 1)
            this.fill(x + column * TEXT_SCALE, Math.round(top) + row * TEXT_SCALE, TEXT_SCALE, TEXT_SCALE, colour);
      x += LETTER_WIDTH;
    }
  }

  #blend(x: number, y: number, colour: Colour, share: number): void {
    if (share <= 0 || x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = 3 * (y * this.width + x);
    for (let part = 0; part < 3; part++)
      this.rgb[at + part] = Math.round(this.rgb[at + part]! * (1 - share) + colour[part]! * share);
  }
}

/** Letters of five by seven points: each a character and its rows from the top, a digit of base 32 a row. */
const ROWS = [
  "Aehhvhhh Buhhuhhu Cehggghe Duhhhhhu Evgguggv Fvgguggg Gehgnhhf Hhhhvhhh Ie44444e J72222ic",
  "Khikokih Lggggggv Mhrllhhh Nhpljhhh Oehhhhhe Puhhuggg Qehhhlid Ruhhukih Sfgge11u Tv444444",
  "Uhhhhhhe Vhhhhha4 Whhhllrh Xhha4ahh Yhha4444 Zv1248gv 0ehjlphe 14c4444e 2eh168gv 3v2421he",
  "426aiv22 5vgu11he 668guhhe 7v124888 8ehhehhe 9ehhf12c a00e1fhf bggmphhu c00egghe d11djhhf",
  "e00ehvge f698s888 g0fhhf1e hggmphhh i40c444e j20622ic kggikoki lc44444e m00qllhh n00mphhh",
  "o00ehhhe p00uhugg q00djf11 r00mpggg s00ege1u t88s8896 u00hhhjd v00hhha4 w00hhlla x00ha4ah",
  "y00hhf1e z00v248v .00000cc ,0000c48 -000v000 _000000v %op248j3 /01248g0 (2488842 )8422248",
  "+044v440 °ciic000 @eh1dlle =00v0v00 ?eh12404 *04lel40 #aavavaa :0cc0cc0",
]
  .join(" ")
  .split(" ");

export const GLYPH_WIDTH = 5;
export const GLYPH_HEIGHT = 7;

const GLYPHS: ReadonlyMap<string, readonly number[]> = new Map([
  [" ", Array.from({ length: GLYPH_HEIGHT }, () => 0)] as const,
  ...ROWS.map((text) => [text[0]!, Array.from(text.slice(1), (digit) => parseInt(digit, 32))] as const),
]);

/** The rows of a character, its leftmost point the highest bit; of one that there is none of, a question mark. */
export const glyphOf = (character: string): readonly number[] => GLYPHS.get(character) ?? GLYPHS.get("?")!;

/** Where a vendor's interface is; another address is for those who run it themselves. */
export const apiUrlField = <const Url extends string>(url: Url) =>
  ({ is: "text", form: "http-url", charactersMax: 500, default: url, further: true }) as const;

/** Part of a target: to whom the secret goes, where that is not the vendor itself. */
export const byWay = (url: string, vendorUrl: string): string => (url === vendorUrl ? "" : ` by ${url}`);

/** What people call the place that a secret address leads to; the address itself is shown nowhere. */
export const PLACE_FIELD = { is: "text", form: "any", charactersMax: 100 } as const;

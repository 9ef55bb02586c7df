import detail from "./detail-page.module.css";

/** What a link must have to be a tab of the page of one thing. */
export const TAB_LINK = {
  className: detail.tab,
  activeOptions: { exact: true, includeSearch: false },
  activeProps: { "aria-current": "page" },
} as const;

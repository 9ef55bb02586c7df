/** Adds the language to what cronstrue knows; it exports nothing that is used. */
declare module "cronstrue/locales/ru";

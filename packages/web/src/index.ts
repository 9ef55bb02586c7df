/** The web pages are an application, not a library: nothing is exported. Its entry is `main.ts`. */
export {};

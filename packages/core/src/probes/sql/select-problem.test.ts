import { expect, test } from "vitest";
import { selectProblem } from "./select-problem.ts";

test.for([
  "SELECT 1",
  "  (SELECT 1) UNION (SELECT 2)",
  "select ';' as a, 'into' as b, `into` from t; -- done",
  "WITH x AS (SELECT 1) SELECT * FROM x;",
  "SELECT 1 -- into\n",
  "SELECT 1 # ; drop\n + 1",
  "/* first */ SELECT 'it''s', 'a\\'b;', \"x;\"",
  "SELECT /*+ MAX_EXECUTION_TIME(1) */ 1",
  "TABLE t",
])("takes %s", (query) => expect(selectProblem(query)).toBeUndefined());

test.for([
  ["", "must begin"],
  [";", "must begin"],
  ["-- SELECT 1", "must begin"],
  ["INSERT INTO t VALUES (1)", "must begin"],
  ["'SELECT' 1", "must begin"],
  ["CALL x()", "must begin"],
  ["SELECT 1; DROP TABLE t", "must be one statement"],
  ["SELECT 1;;", "must be one statement"],
  ["SELECT '\\'; DROP TABLE t; -- '", undefined],
  ["SELECT '\\\\'; DROP TABLE t; -- '", "must be one statement"],
  ["SELECT 1 INTO OUTFILE '/tmp/x'", "must not hold INTO"],
  ["SELECT 1 iNtO @x", "must not hold INTO"],
  ["SELECT 1/**/into/**/@x", "must not hold INTO"],
  ["SELECT 1 /*! INTO OUTFILE '/tmp/x' */", "must hold no comment that is run"],
  ["SELECT 1 /*M!100000 x */", "must hold no comment that is run"],
  ["SELECT 1 --into @x", "must not hold INTO"],
  ["SELECT 'open", "has a quote that does not end"],
  ["SELECT 1 /* open", "has a comment that does not end"],
] as const)("%s: %s", ([query, why]) => {
  const problem = selectProblem(query);
  if (why === undefined) expect(problem).toBeUndefined();
  else expect(problem).toContain(why);
});

test("takes time in proportion to the text only", { timeout: 2_000 }, () => {
  for (const part of ["'", "(", "/*", "--", "\\'", "x ", "`", ";"])
    expect(() => selectProblem(`SELECT ${part.repeat(100_000)}`)).not.toThrow();
});

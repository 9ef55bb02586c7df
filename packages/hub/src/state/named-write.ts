import { MusterError } from "@muster/core";
import { isForeignKeyViolation, isUniqueViolation } from "@muster/node-kit";

/**
 * Writes a row whose name is its own and that may point to another one. Throws CONFLICT where the name is `taken`, and
 * NOT_FOUND where what the field points to is `missing`; without that it points to none.
 */
export async function namedWrite(
  write: () => Promise<unknown>,
  { taken, missing }: { readonly taken: string; readonly missing?: readonly [field: string, why: string] },
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (isUniqueViolation(error)) throw new MusterError("CONFLICT", { fields: { "body.name": taken } });
    if (missing !== undefined && isForeignKeyViolation(error))
      throw new MusterError("NOT_FOUND", { fields: { [missing[0]]: missing[1] } });
    throw error;
  }
}

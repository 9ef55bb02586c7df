import { memo } from "react";
import { splitForeign } from "./split-foreign.ts";

/** Text that a machine or a person elsewhere wrote. It is always a text node, isolated from the direction around it. */
export const ForeignText = memo(function ForeignText({ text }: { readonly text: string }) {
  const pieces = splitForeign(text);
  if (pieces.length === 1 && pieces[0]!.is === "text") return <bdi>{text}</bdi>;
  return (
    <bdi>
      {pieces.map((piece, index) =>
        piece.is === "text" ? (
          piece.text
        ) : (
          <span key={index} className="foreign-mark" title={`U+${piece.code}`}>
            {piece.code}
          </span>
        ),
      )}
    </bdi>
  );
});

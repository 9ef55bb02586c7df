import { ForeignText } from "./foreign-text.tsx";

export function Tags({ tags }: { readonly tags: readonly string[] }) {
  return tags.map((tag) => (
    <span key={tag} className="tag">
      <ForeignText text={tag} />
    </span>
  ));
}

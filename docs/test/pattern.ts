/** What a page shows, as a pattern of the whole: `…` stands for anything, white space for any white space. */
export function toPattern(shown: string): RegExp {
  const parts = shown.trim().split("…");
  const escaped = parts.map((part) =>
    part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/\s+/g, "\\s+"),
  );
  return new RegExp(`^\\s*${escaped.join(".*?")}\\s*$`, "s");
}
